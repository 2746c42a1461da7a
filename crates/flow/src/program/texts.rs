//! Text constants under running numbers.

use std::borrow::Cow;
use std::collections::HashMap;

use rustc_hash::FxHashMap;

use crate::ir::TextId;

/// Longest text read, in bytes.
const MOST_TEXT: usize = 16 << 10;

/// Texts by number.
#[derive(Default)]
pub(crate) struct Texts<'a> {
    rows: FxHashMap<(u32, u32), TextId>,
    numbers: HashMap<&'a [u8], TextId>,
    texts: Vec<Cow<'a, str>>,
    made: HashMap<String, TextId>,
}

impl<'a> Texts<'a> {
    /// The text of a row of a DEX's string table; one that is very long is cut.
    pub(crate) fn of_row(&mut self, number: u32, dex: &dex::Dex<'a>, row: u32) -> TextId {
        if let Some(&text) = self.rows.get(&(number, row)) {
            return text;
        }
        let bytes = dex.string_start(row, MOST_TEXT).unwrap_or_default();
        let fresh = TextId(self.texts.len() as u32);
        let text = *self.numbers.entry(bytes).or_insert(fresh);
        if text == fresh {
            self.texts.push(match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(dex::decode_mutf8(bytes)),
            });
        }
        self.rows.insert((number, row), text);
        text
    }

    /// The number of a text that the analysis put together.
    pub(crate) fn made(&mut self, text: String) -> TextId {
        let known = self.numbers.get(text.as_bytes()).or_else(|| self.made.get(&text));
        if let Some(&known) = known {
            return known;
        }
        let number = TextId(self.texts.len() as u32);
        self.texts.push(Cow::Owned(text.clone()));
        self.made.insert(text, number);
        number
    }

    /// The text of a number.
    pub(crate) fn text(&self, text: TextId) -> &str {
        self.texts.get(text.0 as usize).map_or("", |text| text)
    }
}
