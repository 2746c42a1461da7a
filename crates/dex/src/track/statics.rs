//! Static final fields whose value the file states.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use crate::class::{Constant, Members, ACC_FINAL};
use crate::package::{ClassRef, Package};
use crate::tables::Dex;

/// Superclasses looked through for a field.
const MOST_SUPERS: usize = 32;

/// By name and type: the constant of a static final field, none for another static field.
type Fields<'a> = HashMap<(&'a [u8], &'a [u8]), Option<Constant>>;

/// The static fields of the classes looked at so far.
#[derive(Default)]
pub(super) struct Statics<'a> {
    known: FxHashMap<ClassRef, Fields<'a>>,
}

impl<'a> Statics<'a> {
    /// The constant that a static final field of the package holds, and the DEX whose tables it points into. `left` pays
    /// for reading its class.
    pub(super) fn constant<'p>(
        &mut self,
        package: &'p Package<'a>,
        dex: &Dex<'a>,
        field: u32,
        left: &mut u64,
    ) -> Option<(&'p Dex<'a>, Constant)> {
        let row = dex.field(field)?;
        let (name, kind) = (dex.name(row.name)?, dex.descriptor(row.kind)?);
        let mut class = package.class(dex.group(), dex.descriptor(row.class)?)?;
        for _ in 0..MOST_SUPERS {
            let (part, _) = package.definition(class)?;
            let fields = match self.known.get(&class) {
                Some(fields) => fields,
                None => {
                    let fields = read(package, class, left)?;
                    self.known.entry(class).or_insert(fields)
                }
            };
            if let Some(constant) = fields.get(&(name, kind)) {
                return constant.map(|constant| (&part.dex, constant));
            }
            class = package.class(dex.group(), package.superclass(class)?)?;
        }
        None
    }
}

fn read<'a>(package: &Package<'a>, class: ClassRef, left: &mut u64) -> Option<Fields<'a>> {
    let (part, def) = package.definition(class)?;
    let dex = &part.dex;
    let initialised = part
        .methods_of(class.def)
        .iter()
        .any(|method| dex.method(method.method).and_then(|row| dex.name(row.name)) == Some(b"<clinit>"));
    let mut fields = Fields::default();
    for field in Members::open(dex, &def, left)?.statics(&def) {
        let Some(row) = dex.field(field.field) else {
            continue;
        };
        let (Some(name), Some(kind)) = (dex.name(row.name), dex.descriptor(row.kind)) else {
            continue;
        };
        let constant = field.value.filter(|value| {
            // A zero may only hold the place until the class initialiser runs.
            let zero = matches!(value, Constant::Null | Constant::Bits32(0) | Constant::Bits64(0));
            field.access & ACC_FINAL != 0 && !(zero && initialised)
        });
        fields.entry((name, kind)).or_insert(constant);
    }
    Some(fields)
}
