//! The statements of one method, in terms of the whole package.
//!
//! Both what Dalvik code says and what the platform does around it (the order in which it calls a component) are bodies of this kind.

/// A class or array type that the package names, under one number over all DEX files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// A field, by the class that declares it where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u32);

/// A method, by the class that declares it where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodId(pub u32);

/// A text constant, under one number over all DEX files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

/// A local: a register of the frame, or one that the lowering added.
pub type Local = u32;

/// Position of a statement in its body.
pub type At = u32;

/// A constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// Also characters, booleans and null, which is 0.
    Number(i64),
    /// A text.
    Text(TextId),
    /// A class object.
    Class(ClassId),
}

/// How a call chooses the method that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dispatch {
    /// No receiver.
    Static,
    /// The very method: constructors, private methods, `super`.
    Exact,
    /// By the class of the receiver.
    Virtual,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// How the method is chosen.
    pub dispatch: Dispatch,
    /// The method that is named.
    pub method: MethodId,
    /// The receiver first, when there is one; a wide argument is one local.
    pub args: Vec<Local>,
    /// Where the result goes, when it is used.
    pub to: Option<Local>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stmt {
    /// Nothing that concerns values.
    Nop,
    /// `to = value`
    Const {
        /// Where it goes.
        to: Local,
        /// The constant.
        value: Constant,
    },
    /// `to = from`
    Move {
        /// Where it goes.
        to: Local,
        /// Where it is.
        from: Local,
    },
    /// `to = (class) value of to`; the check of a cast.
    Cast {
        /// The local checked.
        of: Local,
        /// What it must be.
        class: ClassId,
    },
    /// `to = new class`, an array type for arrays.
    New {
        /// Where it goes.
        to: Local,
        /// The class or array type.
        class: ClassId,
    },
    /// `to = from[0] op from[1]`: a number that comes of others (also `length`, comparisons, conversions).
    Compute {
        /// Where it goes.
        to: Local,
        /// What it comes of.
        from: [Option<Local>; 2],
    },
    /// `to = object.field`
    Load {
        /// Where it goes.
        to: Local,
        /// The object.
        object: Local,
        /// The field.
        field: FieldId,
    },
    /// `object.field = from`
    Store {
        /// The object.
        object: Local,
        /// The field.
        field: FieldId,
        /// What is stored.
        from: Local,
    },
    /// `to = static field`
    LoadStatic {
        /// Where it goes.
        to: Local,
        /// The field.
        field: FieldId,
    },
    /// `static field = from`
    StoreStatic {
        /// The field.
        field: FieldId,
        /// What is stored.
        from: Local,
    },
    /// `to = array[index]`
    LoadElement {
        /// Where it goes.
        to: Local,
        /// The array.
        array: Local,
        /// The index.
        index: Local,
    },
    /// `array[index] = from`
    StoreElement {
        /// The array.
        array: Local,
        /// The index.
        index: Local,
        /// What is stored.
        from: Local,
    },
    /// A call.
    Call(Box<Call>),
    /// The end of the method.
    Return {
        /// What is returned.
        value: Option<Local>,
    },
    /// `throw value`
    Throw {
        /// What is thrown.
        value: Local,
    },
    /// `to = what was caught`
    Catch {
        /// Where it goes.
        to: Local,
    },
    /// A branch or switch on values; where it leads stands in `Body::next`.
    Branch {
        /// What decides.
        on: [Option<Local>; 2],
    },
}

/// The code of one method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// How many locals there are.
    pub locals: u32,
    /// The locals that hold the arguments at the start, the receiver first.
    pub params: Vec<Local>,
    /// The statements; the first is the entry.
    pub stmts: Vec<Stmt>,
    /// For each statement those that may run next: what follows without an exception first, then handlers of exceptions.
    pub next: Vec<Vec<At>>,
    /// For each statement the code unit it stems from; 0 where nothing in the file says it.
    pub units: Vec<u32>,
}

/// The name of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodName<'p> {
    /// The class that declares it, or that is named where nothing declares it.
    pub class: ClassId,
    /// Its simple name.
    pub name: &'p str,
    /// Its prototype, as `(ILjava/lang/String;)V`.
    pub proto: &'p str,
}

/// The name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldName<'p> {
    /// The class that declares it, or that is named where nothing declares it.
    pub class: ClassId,
    /// Its simple name.
    pub name: &'p str,
    /// The descriptor of its type.
    pub kind: &'p str,
}

/// A call, an argument counted without the receiver, and the text it holds.
pub type ArgumentText = ((MethodId, At, u8), String);

/// What an analysis asks of a program.
pub trait Program: Sync {
    /// The code of a method, none where the package has none.
    fn body(&self, method: MethodId) -> Option<&Body>;
    /// The methods with a body that a call may run, in ascending order; empty when only the platform's code runs. Their
    /// parameters are the arguments of the call one by one, the receiver first: where the platform hands on others (a runnable
    /// that an executor gets), the target is a body made for that call, with the arguments of the call as parameters.
    fn targets(&self, method: MethodId, at: At) -> &[MethodId];
    /// The calls that may run a method: caller and position, in ascending order. Only of callers that an entry point reaches.
    fn callers(&self, method: MethodId) -> &[(MethodId, At)];

    /// The methods with a body that an entry point reaches, made ones included, in ascending order.
    fn reached(&self) -> &[MethodId];
    /// The name of a method.
    fn method_name(&self, method: MethodId) -> MethodName<'_>;
    /// The path of the DEX file that holds the code of a method; none for made methods.
    fn file(&self, _method: MethodId) -> Option<&str> {
        None
    }
    /// The name of a field.
    fn field_name(&self, field: FieldId) -> FieldName<'_>;
    /// The descriptor of a class.
    fn class_name(&self, class: ClassId) -> &str;
    /// The superclass first, then the interfaces, as far as the package or the platform's tree tells.
    fn supers(&self, class: ClassId) -> &[ClassId];
    /// Whether the package defines the class.
    fn defines(&self, class: ClassId) -> bool;
    /// Whether the package declares the method itself: with code, without (abstract), or in native code.
    fn declares(&self, method: MethodId) -> bool {
        self.body(method).is_some()
    }
    /// A text.
    fn text(&self, text: TextId) -> &str;
    /// The components that the intent among the arguments of this call is for, in ascending order.
    fn intent_targets(&self, _method: MethodId, _at: At) -> &[ClassId] {
        &[]
    }
    /// The texts that arguments of these calls hold whenever they run, where code puts them together: by call and argument,
    /// counted without the receiver.
    fn argument_texts(&self, _calls: &[(MethodId, Vec<At>)]) -> Vec<ArgumentText> {
        Vec::new()
    }
    /// The value that a field always has once it has one, when the package tells (a constant that is never stored to).
    fn field_constant(&self, _field: FieldId) -> Option<Constant> {
        None
    }
}
