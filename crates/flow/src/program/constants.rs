//! Values of static fields that the files state.

use dex::ClassRef;
use rustc_hash::FxHashMap;

use crate::ir::{Constant, FieldId};

use super::{Tables, NONE};

impl Tables<'_> {
    /// The values that the file states of static fields: of those that are final, which keep it, and of the others.
    pub(crate) fn constants(&mut self) -> [FxHashMap<FieldId, Constant>; 2] {
        const FINAL: u32 = 0x10;
        let [mut constants, mut others] = [FxHashMap::default(), FxHashMap::default()];
        for number in 0..self.package.parts().len() {
            let dex = self.package.parts()[number].dex.clone();
            let mut budget = dex.budget();
            let defs: Vec<u32> = self.package.parts()[number].live_classes().collect();
            for def in defs {
                let place = ClassRef {
                    dex: number as u32,
                    def,
                };
                for field in self.package.static_fields(place, &mut budget) {
                    let value = match field.value {
                        Some(dex::Constant::Bits32(bits)) => Constant::Number(bits.into()),
                        Some(dex::Constant::Bits64(bits)) => Constant::Number(bits),
                        Some(dex::Constant::Text(row)) => {
                            Constant::Text(self.texts.of_row(number as u32, &dex, row))
                        }
                        Some(dex::Constant::Type(kind)) => match self.class_of(number, kind) {
                            Some(class) => Constant::Class(class),
                            None => continue,
                        },
                        _ => continue,
                    };
                    let id = self
                        .rows
                        .get(number)
                        .and_then(|rows| rows.fields.get(field.field as usize));
                    if let Some(id) = id.filter(|id| **id != NONE) {
                        let all = match field.access & FINAL != 0 {
                            true => &mut constants,
                            false => &mut others,
                        };
                        all.insert(FieldId(*id), value);
                    }
                }
            }
        }
        [constants, others]
    }
}
