//! Names of all DEX files under running numbers.

use std::borrow::Cow;
use std::collections::HashMap;

/// Bytes that the prototypes of a package may have as text; parameters can repeat long names many times over.
const MOST_PROTO_TEXT: usize = 64 << 20;

/// Names by number and numbers by name.
#[derive(Default)]
pub(crate) struct Names<'a> {
    // Keys come from the file: the default hasher keeps chosen names from colliding.
    numbers: HashMap<&'a [u8], u32>,
    texts: Vec<Cow<'a, str>>,
    made: HashMap<String, u32>,
}

impl<'a> Names<'a> {
    /// The number of a name, a new one when it is not known.
    pub(crate) fn add(&mut self, name: &'a [u8]) -> u32 {
        let fresh = self.texts.len() as u32;
        let number = *self.numbers.entry(name).or_insert(fresh);
        if number == fresh {
            self.texts.push(match std::str::from_utf8(name) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(dex::decode_mutf8(name)),
            });
        }
        number
    }

    /// The number of a name that the analysis makes up.
    pub(crate) fn made(&mut self, name: String) -> u32 {
        if let Some(&known) = self.numbers.get(name.as_bytes()).or_else(|| self.made.get(&name)) {
            return known;
        }
        let number = self.texts.len() as u32;
        self.texts.push(Cow::Owned(name.clone()));
        self.made.insert(name, number);
        number
    }

    /// The number of a name that is known.
    pub(crate) fn find(&self, name: &[u8]) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name of a number.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }
}

/// Prototypes by number: the return type and then the parameters, as numbers of names.
#[derive(Default)]
pub(crate) struct Protos {
    numbers: HashMap<Box<[u32]>, u32>,
    rows: Vec<(Box<[u32]>, String)>,
    spent: usize,
}

impl Protos {
    /// The number of a prototype, a new one when it is not known.
    pub(crate) fn add(&mut self, names: &Names<'_>, types: Vec<u32>) -> u32 {
        if let Some(&number) = self.numbers.get(types.as_slice()) {
            return number;
        }
        let number = self.rows.len() as u32;
        let length: usize = types.iter().map(|kind| names.text(*kind).len()).sum();
        self.spent = self.spent.saturating_add(length);
        let text = match types.split_first() {
            Some((result, parameters)) if self.spent <= MOST_PROTO_TEXT => {
                let all: String = parameters.iter().map(|kind| names.text(*kind)).collect();
                format!("({all}){}", names.text(*result))
            }
            _ => "(?)?".to_owned(),
        };
        let types = types.into_boxed_slice();
        self.numbers.insert(types.clone(), number);
        self.rows.push((types, text));
        number
    }

    /// The types of a prototype, the return type first.
    pub(crate) fn types(&self, number: u32) -> &[u32] {
        self.rows.get(number as usize).map_or(&[], |row| &row.0)
    }

    /// A prototype as text.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.rows.get(number as usize).map_or("", |row| &row.1)
    }
}

/// The descriptors in `(ILa/B;)V`, the return type first; none when it is no prototype.
pub(crate) fn split_proto(proto: &str) -> Option<Vec<&str>> {
    let (parameters, result) = proto.strip_prefix('(')?.split_once(')')?;
    let mut types = vec![result];
    let mut rest = parameters;
    while !rest.is_empty() {
        let (kind, after) = split_type(rest)?;
        types.push(kind);
        rest = after;
    }
    split_type(result).filter(|(_, after)| after.is_empty())?;
    Some(types)
}

fn split_type(text: &str) -> Option<(&str, &str)> {
    let dimensions = text.len() - text.trim_start_matches('[').len();
    let end = match text.as_bytes().get(dimensions)? {
        b'L' => text.find(';')? + 1,
        b'Z' | b'B' | b'S' | b'C' | b'I' | b'J' | b'F' | b'D' | b'V' => dimensions + 1,
        _ => return None,
    };
    Some(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prototype_is_split_with_its_result_first() {
        assert_eq!(split_proto("(I[[JLa/B;)V"), Some(vec!["V", "I", "[[J", "La/B;"]));
        assert_eq!(split_proto("(X)V"), None);
        assert_eq!(split_proto("(I)VV"), None);
        assert_eq!(split_proto("I)V"), None);
    }

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Names::default();
        let one = names.add(b"La/B;");
        assert_eq!(names.add(b"La/C;"), one + 1);
        assert_eq!(names.add(b"La/B;"), one);
        assert_eq!(names.text(one), "La/B;");
        assert_eq!(names.find(b"La/D;"), None);
    }
}
