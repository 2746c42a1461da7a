//! What a class of the package holds: its methods, its static fields and their initial values.

use crate::bytes::Cursor;
use crate::tables::{ClassDef, Dex};

/// Access flag of static members.
pub const ACC_STATIC: u32 = 0x8;
/// Access flag of final members.
pub const ACC_FINAL: u32 = 0x10;
/// Access flag of private members.
pub const ACC_PRIVATE: u32 = 0x2;
/// Access flag of interfaces.
pub const ACC_INTERFACE: u32 = 0x200;

/// A method that a class of the package defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodDef {
    /// Row of the class definition.
    pub class_def: u32,
    /// Row of the method table.
    pub method: u32,
    /// Access flags.
    pub access: u32,
    /// Offset of the code item; 0 for abstract and native methods.
    pub code: u32,
}

/// The initial value of a static field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constant {
    /// Also booleans, characters and the bits of a float.
    Bits32(i32),
    /// Also the bits of a double.
    Bits64(i64),
    /// A row of the string table.
    Text(u32),
    /// A row of the type table.
    Type(u32),
    /// The null reference.
    Null,
    /// A handle, an array, an annotation.
    Other,
}

/// A static field of a class, with the initial value the file states.
#[derive(Clone, Copy, Debug)]
pub struct StaticField {
    /// Row of the field table.
    pub field: u32,
    /// Access flags.
    pub access: u32,
    /// The initial value; none where the file states none.
    pub value: Option<Constant>,
}

/// A reader over the members of one class. `budget` counts the members that may still be read from this file: lists that
/// share bytes would otherwise cost the square of its size.
pub(crate) struct Members<'d, 'a> {
    dex: &'d Dex<'a>,
    cursor: Cursor<'a>,
    counts: [u32; 4],
    budget: &'d mut u64,
}

impl<'d, 'a> Members<'d, 'a> {
    pub(crate) fn open(dex: &'d Dex<'a>, class: &ClassDef, budget: &'d mut u64) -> Option<Self> {
        let mut cursor = dex.cursor(class.data);
        let mut counts = [0; 4];
        if class.data != 0 {
            for count in &mut counts {
                *count = cursor.uleb()?;
            }
        }
        Some(Members {
            dex,
            cursor,
            counts,
            budget,
        })
    }

    fn spend(&mut self) -> Option<()> {
        *self.budget = self.budget.checked_sub(1)?;
        Some(())
    }

    fn fields(&mut self, count: u32, mut each: impl FnMut(u32, u32)) -> Option<()> {
        let mut field = 0u32;
        for _ in 0..count {
            self.spend()?;
            field = field.checked_add(self.cursor.uleb()?)?;
            let access = self.cursor.uleb()?;
            if field >= self.dex.fields() {
                return None;
            }
            each(field, access);
        }
        Some(())
    }

    /// The methods of the class, given one by one until `each` wants no more; `None` when the list is broken after those
    /// already given, or was not given whole.
    pub(crate) fn methods(
        mut self,
        class_def: u32,
        mut each: impl FnMut(MethodDef) -> Option<()>,
    ) -> Option<()> {
        let [statics, instances, direct, other] = self.counts;
        self.fields(statics, |_, _| {})?;
        self.fields(instances, |_, _| {})?;
        for count in [direct, other] {
            let mut method = 0u32;
            for _ in 0..count {
                self.spend()?;
                method = method.checked_add(self.cursor.uleb()?)?;
                let access = self.cursor.uleb()?;
                let code = self.cursor.uleb()?;
                if method >= self.dex.methods() {
                    return None;
                }
                each(MethodDef {
                    class_def,
                    method,
                    access,
                    code,
                })?;
            }
        }
        Some(())
    }

    /// The rows of the field table of all fields of the class; those before the break when the list is broken.
    pub(crate) fn all_fields(mut self) -> Vec<u32> {
        let mut all = Vec::new();
        for count in [self.counts[0], self.counts[1]] {
            if self.fields(count, |field, _| all.push(field)).is_none() {
                break;
            }
        }
        all
    }

    /// The static fields of the class with their initial values.
    pub(crate) fn statics(mut self, class: &ClassDef) -> Vec<StaticField> {
        let mut statics = Vec::new();
        // A list that breaks off keeps the fields before the break.
        let _ = self.fields(self.counts[0], |field, access| {
            statics.push(StaticField {
                field,
                access,
                value: None,
            })
        });
        let mut cursor = self.dex.cursor(class.static_values);
        let count = if class.static_values == 0 {
            0
        } else {
            cursor.uleb().unwrap_or(0)
        };
        for field in statics.iter_mut().take(count as usize) {
            match constant(&mut cursor, self.budget) {
                Some(value) => field.value = Some(value),
                None => break,
            }
        }
        statics
    }
}

/// Reads one encoded value; arrays are stepped over. `budget` counts the values that may still be read from this file:
/// classes may share one array as long as the file.
fn constant(cursor: &mut Cursor<'_>, budget: &mut u64) -> Option<Constant> {
    let mut pending = 1u32;
    let mut value = Constant::Other;
    let mut outermost = true;
    // Nested values add to what is pending instead of recursing, so depth costs no stack.
    while pending > 0 {
        pending -= 1;
        *budget = budget.checked_sub(1)?;
        let head = cursor.u8()?;
        let (kind, extra) = (head & 0x1f, usize::from(head >> 5));
        let one = match kind {
            0x1c => {
                pending = pending
                    .checked_add(cursor.uleb()?)
                    .filter(|all| *all <= 1 << 16)?;
                Constant::Other
            }
            0x1d => return None,
            0x1e => Constant::Null,
            0x1f => Constant::Bits32(extra as i32 & 1),
            _ => scalar(kind, extra, cursor.unsigned(extra + 1)?),
        };
        if outermost {
            value = one;
            outermost = false;
        }
    }
    Some(value)
}

fn scalar(kind: u8, extra: usize, raw: u64) -> Constant {
    let missing = 64 - 8 * (extra as u32 + 1).min(8);
    let signed = (raw << missing) as i64 >> missing;
    match kind {
        0x00 | 0x02 | 0x04 => Constant::Bits32(signed as i32),
        0x03 => Constant::Bits32(raw as i32),
        0x06 => Constant::Bits64(signed),
        0x10 => Constant::Bits32((raw << (8 * (3 - extra.min(3)))) as u32 as i32),
        0x11 => Constant::Bits64((raw << missing) as i64),
        0x17 => Constant::Text(raw as u32),
        0x18 => Constant::Type(raw as u32),
        _ => Constant::Other,
    }
}

/// The methods that the handles in the encoded array at `offset` invoke (a call site's bootstrap method and arguments).
pub(crate) fn handles_of_call_site(dex: &Dex<'_>, offset: u32) -> Vec<u32> {
    let mut cursor = dex.cursor(offset);
    let mut methods = Vec::new();
    for _ in 0..cursor.uleb().unwrap_or(0).min(256) {
        let Some(head) = cursor.u8() else { break };
        let (kind, extra) = (head & 0x1f, usize::from(head >> 5));
        match kind {
            // Arrays and annotations cannot be arguments of a bootstrap method.
            0x1c | 0x1d => break,
            0x1e | 0x1f => {}
            _ => match cursor.unsigned(extra + 1) {
                Some(handle) if kind == 0x16 => methods.extend(dex.handle_method(handle as u32)),
                Some(_) => {}
                None => break,
            },
        }
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Constant> {
        constant(&mut Cursor::new(bytes, 0), &mut 1000)
    }

    #[test]
    fn numbers_are_extended_as_their_type_asks() {
        assert_eq!(read(&[0x04, 0xff]), Some(Constant::Bits32(-1)));
        assert_eq!(read(&[0x23, 0xff, 0xff]), Some(Constant::Bits32(0xffff)));
        assert_eq!(read(&[0x26, 0x00, 0x80]), Some(Constant::Bits64(-32768)));
        assert_eq!(
            read(&[0x30, 0x80, 0x3f]),
            Some(Constant::Bits32(1.0f32.to_bits() as i32))
        );
        assert_eq!(
            read(&[0x31, 0xf0, 0x3f]),
            Some(Constant::Bits64(1.0f64.to_bits() as i64))
        );
        assert_eq!(read(&[0x3f]), Some(Constant::Bits32(1)));
        assert_eq!(read(&[0x1e]), Some(Constant::Null));
    }

    #[test]
    fn an_array_is_stepped_over_whole() {
        let mut cursor = Cursor::new(&[0x1c, 0x02, 0x04, 0x01, 0x1c, 0x01, 0x1e, 0x17, 0x09], 0);
        let mut budget = 5;
        assert_eq!(constant(&mut cursor, &mut budget), Some(Constant::Other));
        assert_eq!(constant(&mut cursor, &mut budget), Some(Constant::Text(9)));
        assert_eq!(budget, 0);
    }

    #[test]
    fn an_array_that_claims_four_billion_elements_ends_with_the_file() {
        assert_eq!(read(&[0x1c, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x1e]), None);
    }
}
