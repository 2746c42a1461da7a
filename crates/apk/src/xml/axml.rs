//! Binary XML, read as Android's `ResXMLTree` and `ResXMLParser` read it.
//!
//! What they ignore is ignored here: the type of the file's header, bytes behind its size, unknown chunks, the names of end
//! tags, all that follows the root. What they refuse ends the reading.

use std::collections::HashMap;

use super::chunk::{size_at, u16_at, u32_at, u8_at, Chunk};
use super::document::{Builder, Document, Name, Next};
use super::pool::{self, Pool};
use super::text::Text;
use super::value::Value;
use crate::{Code, Error, Limits};

const FILE: u16 = 0x0003;
const RESOURCE_MAP: u16 = 0x0180;
const START_NAMESPACE: u16 = 0x0100;
const END_NAMESPACE: u16 = 0x0101;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const TEXT: u16 = 0x0104;
const LAST_NODE: u16 = 0x017f;

const CHUNK_HEADER: usize = 8;
const NODE_HEADER: usize = 16;
const ATTRIBUTE: usize = 20;
const NO_STRING: u32 = u32::MAX;

struct Reader<'a> {
    data: &'a [u8],
    end: usize,
    strings: Strings<'a>,
    /// Resource ids by the string index of the attribute's name.
    ids: &'a [u8],
    builder: Builder<'a>,
}

pub(super) fn document<'a>(data: &'a [u8], limits: &Limits) -> Result<Document<'a>, Error> {
    let bad = |what: &str| Error::new(Code::Unreadable, what, "");
    let (Some(kind), Some(header), Some(end)) = (u16_at(data, 0), u16_at(data, 2), size_at(data, 4)) else {
        return Err(bad("too short for binary XML"));
    };
    let header = usize::from(header);
    if header > end || end > data.len() {
        return Err(bad("the header's sizes reach outside the file"));
    }
    let mut builder = Builder::new(limits, true);
    if kind != FILE {
        builder.anomaly("xml_header_type", || {
            format!("the file header has the type {kind:#06x}, not 0x0003")
        });
    }
    if header != CHUNK_HEADER {
        builder.anomaly("xml_header_size", || {
            format!("the file header has {header} bytes, not 8")
        });
    }
    if end < data.len() {
        let rest = data.len() - end;
        builder.anomaly("xml_trailing_bytes", || {
            format!("{rest} bytes follow the end that the header states")
        });
    }

    let mut pool: Option<Result<Pool<'a>, Error>> = None;
    let mut ids: &[u8] = &[];
    let (mut at, mut before) = (header, header);
    loop {
        let size = size_at(data, at.saturating_add(4)).unwrap_or(usize::MAX);
        let inside =
            at < end.saturating_sub(CHUNK_HEADER) && end.checked_sub(size).is_some_and(|limit| at < limit);
        if !inside {
            return Err(bad("there is no root element"));
        }
        let Some(chunk) = Chunk::at(data, at, CHUNK_HEADER, end) else {
            return Err(bad("a chunk before the root element is damaged"));
        };
        let bytes = &data[at..at + chunk.size];
        match chunk.kind {
            pool::KIND => {
                if pool.is_some() {
                    builder.anomaly("string_pool_repeated", || {
                        "there are several string pools; the last one counts".to_owned()
                    });
                }
                pool = Some(Pool::parse(bytes, limits));
            }
            RESOURCE_MAP => ids = &bytes[chunk.header..],
            START_NAMESPACE..=LAST_NODE => break,
            kind => {
                builder.anomaly("xml_unknown_chunk", || {
                    format!("a chunk of the unknown type {kind:#06x} was skipped")
                });
            }
        }
        // A chunk of no bytes would be met again for ever; its header has at least eight, so its size has too.
        before = at;
        at += chunk.size;
    }
    let pool = pool.unwrap_or_else(|| Err(bad("there is no string pool")))?;
    let strings = Strings::new(pool, data.len(), &mut builder);
    let mut reader = Reader {
        data,
        end,
        strings,
        ids,
        builder,
    };
    // Android steps from the chunk before the first node, and so skips a first node that nothing precedes.
    reader.nodes(if before == at {
        Step::Over(at)
    } else {
        Step::To(at)
    })?;
    reader.builder.finish()
}

enum Step {
    To(usize),
    Over(usize),
}

impl<'a> Reader<'a> {
    fn nodes(&mut self, first: Step) -> Result<(), Error> {
        let mut at = match first {
            Step::To(at) => at,
            Step::Over(at) => at + size_at(self.data, at + 4).unwrap_or(CHUNK_HEADER),
        };
        while at < self.end {
            let Some(chunk) = Chunk::at(self.data, at, NODE_HEADER, self.end) else {
                self.damaged(at, "the node's header is wrong");
                return Ok(());
            };
            let extent = chunk.size - chunk.header;
            let body = at + chunk.header;
            let least = match chunk.kind {
                START_NAMESPACE | END_NAMESPACE | END_ELEMENT => 8,
                START_ELEMENT => 20,
                TEXT => 12,
                kind => {
                    let what = || format!("a node of the unknown type {kind:#06x} was skipped");
                    self.builder.anomaly("xml_unknown_chunk", what);
                    at += chunk.size;
                    continue;
                }
            };
            if extent < least {
                self.damaged(at, "the node is too short");
                return Ok(());
            }
            let next = match chunk.kind {
                START_ELEMENT => match self.start_element(body, extent) {
                    Some(next) => next,
                    None => {
                        self.damaged(at, "the attributes reach outside their node");
                        return Ok(());
                    }
                },
                END_ELEMENT => self.builder.close(),
                TEXT => {
                    if let Some(text) = u32_at(self.data, body).and_then(|index| self.string(index)) {
                        self.builder.text(text);
                    }
                    Next::More
                }
                _ => Next::More,
            };
            if next == Next::Done {
                return Ok(());
            }
            at += chunk.size;
        }
        if self.builder.depth() > 0 {
            self.builder.anomaly("xml_not_closed", || {
                "the document ends before its elements do".to_owned()
            });
        }
        Ok(())
    }

    fn damaged(&mut self, at: usize, what: &str) {
        self.builder.fault("xml_damaged", || {
            format!("at byte {at}: {what}; the rest was not read")
        });
    }

    fn start_element(&mut self, body: usize, extent: usize) -> Option<Next> {
        let start = usize::from(u16_at(self.data, body + 8)?);
        let stride = usize::from(u16_at(self.data, body + 10)?);
        let count = usize::from(u16_at(self.data, body + 12)?);
        if start + stride * count > extent {
            return None;
        }
        let name = self.strings.get(u32_at(self.data, body + 4)?, &mut self.builder);
        let named = name.is_some();
        let (name, number) = name.unwrap_or((Text::default(), self.strings.unnamed));
        if self.builder.open(name, number) == Next::Done {
            return Some(Next::Done);
        }
        if self.strings.exhausted() {
            self.builder.fault("text_limit", || {
                "the strings of the document overlap too much".to_owned()
            });
            return Some(Next::Done);
        }
        if !self.builder.keeps_attributes() {
            return Some(Next::More);
        }
        if !named {
            self.builder
                .fault("element_name", || "the element's name cannot be read".to_owned());
        }
        if count > 0 && (start != ATTRIBUTE || stride != ATTRIBUTE) {
            self.builder.anomaly("attribute_layout", || {
                format!("attributes start at {start} and take {stride} bytes each, not 20 and 20")
            });
        }
        for number in 0..count {
            let next = self.attribute(body + start + stride * number);
            if next == Some(Next::Done) {
                return Some(Next::Done);
            }
        }
        Some(Next::More)
    }

    fn string(&mut self, index: u32) -> Option<Text<'a>> {
        self.strings.get(index, &mut self.builder).map(|(text, _)| text)
    }

    fn attribute(&mut self, at: usize) -> Option<Next> {
        let namespace = u32_at(self.data, at)?;
        let name = u32_at(self.data, at + 4)?;
        let raw = u32_at(self.data, at + 8)?;
        let kind = u8_at(self.data, at + 15)?;
        let data = u32_at(self.data, at + 16)?;
        let id = usize::try_from(name)
            .ok()
            .and_then(|name| u32_at(self.ids, name.checked_mul(4)?))
            .unwrap_or(0);
        let namespace = self.string(namespace);
        let written = self.string(name).unwrap_or_default();
        let raw = self.string(raw);
        let value = Value::from_typed(kind, data, |index| self.string(index)).unwrap_or_else(|| {
            self.builder.fault("attribute_value", || {
                format!("a value of the type {kind:#04x} cannot be read")
            });
            Value::Null
        });
        Some(self.builder.attribute((namespace, written), id, raw, value))
    }
}

/// The strings of one document, each decoded once. Strings of a hostile pool may all overlap, so that decoding them takes far
/// more room than the file: what decoding may yield is bounded.
struct Strings<'a> {
    pool: Pool<'a>,
    known: HashMap<u32, Option<(Text<'a>, Name)>>,
    left: usize,
    unnamed: Name,
}

impl<'a> Strings<'a> {
    fn new(pool: Pool<'a>, size: usize, builder: &mut Builder<'a>) -> Self {
        const LEAST: usize = 16 << 20;
        let left = size.saturating_mul(4).max(LEAST);
        Self {
            pool,
            known: HashMap::new(),
            left,
            unnamed: builder.name(&Text::default()),
        }
    }

    fn get(&mut self, index: u32, builder: &mut Builder<'a>) -> Option<(Text<'a>, Name)> {
        if index == NO_STRING {
            return None;
        }
        if let Some(known) = self.known.get(&index) {
            return known.clone();
        }
        let text = if self.exhausted() {
            None
        } else {
            self.pool.get(index)
        };
        let text = text.map(|text| {
            self.left = self.left.saturating_sub(text.len());
            let name = builder.name(&text);
            (text, name)
        });
        self.known.insert(index, text.clone());
        text
    }

    fn exhausted(&self) -> bool {
        self.left == 0
    }
}
