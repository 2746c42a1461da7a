//! The questions a catalogue asks of code, and the answers; the shapes are those of the boundary to Python.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::shapes::{PackageShape, ShapeQuery};

/// All questions of one pass.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Where is this method called?
    pub calls: Vec<CallQuery>,
    /// Where is this field read?
    pub fields: Vec<FieldQuery>,
    /// Where is this string used?
    pub strings: Vec<StringQuery>,
    /// Is there a class under this prefix?
    pub classes: Vec<ClassQuery>,
    /// Which class of the package overrides this method of the platform?
    pub overrides: Vec<CallQuery>,
    /// The part of the platform's class tree that matters: superclasses and interfaces by class.
    pub supers: BTreeMap<String, Vec<String>>,
    /// Whether each find carries the instructions around it.
    pub excerpts: bool,
    /// Which classes hold methods or texts that are known, under whatever name?
    pub shapes: Option<ShapeQuery>,
}

/// A method, by descriptor, name and prototype.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallQuery {
    /// Name of the question.
    pub id: String,
    /// Descriptor of the class.
    pub class: String,
    /// Name of the method.
    pub name: String,
    /// Prototype such as `(I)V`; any when absent.
    #[serde(default)]
    pub proto: Option<String>,
}

/// A field, by descriptor, name and type.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldQuery {
    /// Name of the question.
    pub id: String,
    /// Descriptor of the class.
    pub class: String,
    /// Name of the field.
    pub name: String,
    /// Descriptor of its type; any when absent.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// A string constant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StringQuery {
    /// Name of the question.
    pub id: String,
    /// The text to match.
    pub value: String,
    /// How to match it.
    #[serde(rename = "match", default)]
    pub how: Match,
}

/// How a string is matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// The whole string.
    #[default]
    Exact,
    /// Its beginning.
    Prefix,
    /// Any part of it.
    Contains,
}

/// Classes whose descriptor begins with a prefix.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassQuery {
    /// Name of the question.
    pub id: String,
    /// Beginning of the descriptor, such as `Lcn/jpush/`.
    pub prefix: String,
}

/// What a pass may spend.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Finds listed.
    pub finds: usize,
    /// Instructions the constant tracker may look at in one method.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            finds: 200_000,
            steps: 200_000,
        }
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A call of a method.
    Call,
    /// A read of a field.
    Field,
    /// A string constant.
    String,
    /// A class of the package.
    Class,
    /// A method of the package that overrides one of the platform.
    Override,
}

/// How the method found is the method asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The instruction names the class asked for.
    Exact,
    /// The instruction names a class that inherits it.
    Inherited,
}

/// A value known within one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "lowercase")]
pub enum Value {
    /// A string.
    Str {
        /// The text.
        v: String,
    },
    /// An integer of at most 32 bits, a boolean or a character.
    Int {
        /// The number.
        v: i32,
    },
    /// A 64-bit integer.
    Long {
        /// The number.
        v: i64,
    },
    /// A 32-bit floating point number.
    Float {
        /// The number.
        v: f32,
    },
    /// A 64-bit floating point number.
    Double {
        /// The number.
        v: f64,
    },
    /// The null reference.
    Null,
    /// A class constant.
    Class {
        /// Its descriptor.
        v: String,
    },
    /// An array.
    Array {
        /// Its elements.
        v: Vec<Value>,
    },
    /// A static field whose value is not in this package.
    Field {
        /// The field.
        v: String,
    },
    /// The result of a call.
    Call {
        /// The method.
        v: String,
        /// Its arguments, the receiver left out.
        a: Vec<Value>,
    },
    /// An object created in this method.
    New {
        /// Its class.
        v: String,
    },
    /// A parameter of this method; 0 is `this` in instance methods.
    Param {
        /// Its position.
        v: u32,
    },
    /// One of several, by branch.
    Any {
        /// At most eight values.
        v: Vec<Value>,
    },
    /// Not known.
    #[serde(rename = "?")]
    Unknown,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Find {
    /// The question.
    pub q: String,
    /// What was asked for.
    pub kind: Kind,
    /// The DEX, by its path inside the package.
    pub dex: String,
    /// The class that holds the code.
    pub class: String,
    /// The method that holds the code; none for classes and initial values.
    pub method: Option<String>,
    /// The prototype of that method.
    pub proto: Option<String>,
    /// Code units from the start of the method's code.
    pub offset: Option<u32>,
    /// The source line, when the file says.
    pub line: Option<u32>,
    /// How the target is what was asked for.
    pub via: Via,
    /// What the code names: a method, a field, a string or a class.
    pub target: String,
    /// The arguments of a call, as far as the method shows them.
    pub args: Vec<Value>,
    /// The receiver of a call, when it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on: Option<Value>,
    /// Number of the method in the whole package, none where `method` is.
    pub method_id: Option<u32>,
    /// The source file, when the file says.
    pub source_file: Option<String>,
    /// How many classes match; only for classes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u32>,
    /// The instructions around it, when asked for.
    pub excerpt: Vec<String>,
}

/// What one DEX holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DexCount {
    /// The path inside the package.
    pub path: String,
    /// Classes defined that are not shadowed.
    pub classes: u32,
    /// Classes that an earlier DEX of the group, or this one, already defines.
    pub shadowed: u32,
    /// Methods those classes define.
    pub methods: u32,
    /// Methods with code.
    pub code_items: u32,
    /// Instructions of the methods that could be read.
    pub instructions: u64,
    /// Methods that could not be read.
    pub faulty_methods: u32,
}

/// All answers of one pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finds {
    /// The answers, in the order of the DEX files, their classes and their code.
    pub finds: Vec<Find>,
    /// What each DEX holds.
    pub dex: Vec<DexCount>,
    /// Strings of all DEX files.
    pub strings: u64,
    /// Whether there were more finds than the limit.
    pub finds_cut: bool,
    /// The Java packages that hold something known; none when it was not asked.
    pub shapes: Vec<PackageShape>,
    /// Whether the code was too large to look at all of it for what is known.
    pub shapes_cut: bool,
    /// What no ordinary tool writes.
    pub anomalies: Vec<Fault>,
    /// What could not be read.
    pub faults: Vec<Fault>,
    /// Whether nothing is missing.
    pub complete: bool,
}
