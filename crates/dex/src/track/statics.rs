//! Static final fields whose value the file states.

use rustc_hash::FxHashMap;

use crate::class::{Constant, Members, StaticField, ACC_FINAL};
use crate::package::{ClassRef, Package};
use crate::tables::Dex;

use super::arena::Node;

/// Superclasses looked through for a field.
const MOST_SUPERS: usize = 32;

/// The static fields of the classes looked at so far.
#[derive(Default)]
pub(super) struct Statics {
    known: FxHashMap<ClassRef, Vec<StaticField>>,
}

impl Statics {
    /// The constant that a static final field holds. `left` pays for reading its class.
    pub(super) fn node(
        &mut self,
        package: &Package<'_>,
        dex: &Dex<'_>,
        field: u32,
        left: &mut u64,
    ) -> Option<Node> {
        let row = dex.field(field)?;
        let mut class = package.class(dex.group(), dex.descriptor(row.class)?)?;
        for _ in 0..MOST_SUPERS {
            let (part, def) = package.definition(class)?;
            let fields = match self.known.get(&class) {
                Some(fields) => fields,
                None => {
                    let fields = Members::open(&part.dex, &def, left)?.statics(&def);
                    self.known.entry(class).or_insert(fields)
                }
            };
            let found = fields.iter().find(|known| {
                part.dex.field(known.field).is_some_and(|own| {
                    part.dex.string(own.name) == dex.string(row.name)
                        && part.dex.descriptor(own.kind) == dex.descriptor(row.kind)
                })
            });
            if let Some(found) = found {
                let value = found.value.filter(|_| found.access & ACC_FINAL != 0)?;
                return node(package, class, &part.dex, value);
            }
            class = package.class(dex.group(), package.superclass(class)?)?;
        }
        None
    }
}

fn node(package: &Package<'_>, class: ClassRef, dex: &Dex<'_>, value: Constant) -> Option<Node> {
    match value {
        // A zero may only hold the place until the class initialiser runs.
        Constant::Null | Constant::Bits32(0) | Constant::Bits64(0) if has_initialiser(package, class) => None,
        Constant::Null => Some(Node::Bits32(0)),
        Constant::Bits32(bits) => Some(Node::Bits32(bits)),
        Constant::Bits64(bits) => Some(Node::Bits64(bits)),
        Constant::Text(string) => Some(Node::Text(dex.string(string)?.into())),
        Constant::Type(kind) => Some(Node::Class(dex.descriptor(kind)?.into())),
        Constant::Other => None,
    }
}

fn has_initialiser(package: &Package<'_>, class: ClassRef) -> bool {
    package.parts().get(class.dex as usize).is_some_and(|part| {
        part.methods_of(class.def).iter().any(|method| {
            part.dex
                .method(method.method)
                .and_then(|row| part.dex.string(row.name))
                == Some(b"<clinit>")
        })
    })
}
