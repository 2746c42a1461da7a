//! Builds binary XML, resource tables and their protobuf form, well formed or with one thing wrong.

pub const ANDROID: &str = "http://schemas.android.com/apk/res/android";

pub const NAME: u32 = 0x0101_0003;
pub const LABEL: u32 = 0x0101_0001;
pub const PERMISSION: u32 = 0x0101_0006;
pub const EXPORTED: u32 = 0x0101_0010;

pub fn u16s(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub fn u32s(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A chunk: type, the header behind its first eight bytes, body. Padded to whole words.
pub fn chunk(kind: u16, header: &[u8], body: &[u8]) -> Vec<u8> {
    let size = (8 + header.len() + body.len()).next_multiple_of(4);
    let mut bytes = u16s(&[kind, 8 + header.len() as u16]);
    bytes.extend(u32s(&[size as u32]));
    bytes.extend(header);
    bytes.extend(body);
    bytes.resize(size, 0);
    bytes
}

pub fn set_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

pub fn set_u16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

fn short_length(length: usize) -> Vec<u8> {
    match length {
        0..=0x7f => vec![length as u8],
        _ => vec![(length >> 8) as u8 & 0x7f | 0x80, length as u8],
    }
}

/// A string of a pool, as stored.
pub fn stored(text: &str, utf8: bool) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    if utf8 {
        let mut bytes = [short_length(units.len()), short_length(text.len())].concat();
        bytes.extend(text.as_bytes());
        bytes.push(0);
        bytes
    } else {
        let length = match units.len() {
            short @ 0..=0x7fff => vec![short as u16],
            long => vec![(long >> 16) as u16 | 0x8000, long as u16],
        };
        u16s(&[length, units, vec![0]].concat())
    }
}

/// A string pool of strings as they are stored.
pub fn pool_of(strings: &[Vec<u8>], utf8: bool) -> Vec<u8> {
    let mut offsets = Vec::new();
    let mut data = Vec::new();
    for string in strings {
        offsets.push(data.len() as u32);
        data.extend(string);
    }
    data.resize(data.len().next_multiple_of(4), 0);
    let start = 28 + 4 * strings.len() as u32;
    let flags = if utf8 { 0x100 } else { 0 };
    let header = u32s(&[strings.len() as u32, 0, flags, start, 0]);
    chunk(0x0001, &header, &[u32s(&offsets), data].concat())
}

pub fn pool(strings: &[&str], utf8: bool) -> Vec<u8> {
    let strings: Vec<Vec<u8>> = strings.iter().map(|text| stored(text, utf8)).collect();
    pool_of(&strings, utf8)
}

#[derive(Clone, Debug)]
pub enum V {
    Text(String),
    Int(i32),
    Bool(bool),
    Ref(u32),
    Typed(u8, u32),
}

pub fn text(text: &str) -> V {
    V::Text(text.to_owned())
}

#[derive(Clone, Debug)]
pub struct Attr {
    pub namespace: Option<&'static str>,
    pub name: String,
    pub id: u32,
    pub value: V,
}

pub fn android(name: &str, id: u32, value: V) -> Attr {
    Attr {
        namespace: Some(ANDROID),
        name: name.to_owned(),
        id,
        value,
    }
}

pub fn plain(name: &str, value: V) -> Attr {
    Attr {
        namespace: None,
        name: name.to_owned(),
        id: 0,
        value,
    }
}

#[derive(Clone, Debug)]
pub enum Event {
    Start(String, Vec<Attr>),
    End,
    Text(String),
    Raw(Vec<u8>),
}

/// A document as events; `finish` lays it out as aapt does.
#[derive(Clone, Debug)]
pub struct Axml {
    pub events: Vec<Event>,
    pub utf8: bool,
}

/// The chunks of a document, for tests that change one of them.
#[derive(Clone, Debug)]
pub struct Parts {
    pub pool: Vec<u8>,
    pub ids: Vec<u8>,
    pub nodes: Vec<Vec<u8>>,
}

impl Axml {
    pub fn new() -> Self {
        Self {
            events: Vec::new(),
            utf8: false,
        }
    }

    pub fn start(mut self, name: &str, attributes: &[Attr]) -> Self {
        self.events
            .push(Event::Start(name.to_owned(), attributes.to_vec()));
        self
    }

    pub fn end(mut self) -> Self {
        self.events.push(Event::End);
        self
    }

    pub fn leaf(self, name: &str, attributes: &[Attr]) -> Self {
        self.start(name, attributes).end()
    }

    pub fn text(mut self, text: &str) -> Self {
        self.events.push(Event::Text(text.to_owned()));
        self
    }

    pub fn raw(mut self, chunk: Vec<u8>) -> Self {
        self.events.push(Event::Raw(chunk));
        self
    }

    pub fn parts(&self) -> Parts {
        self.parts_with(&[])
    }

    /// The parts, some strings of the pool replaced.
    pub fn parts_with(&self, replaced: &[(&str, &str)]) -> Parts {
        let mut named: Vec<(String, u32)> = Vec::new();
        for event in &self.events {
            let Event::Start(_, attributes) = event else {
                continue;
            };
            for attribute in attributes.iter().filter(|attribute| attribute.id != 0) {
                let key = (attribute.name.clone(), attribute.id);
                if !named.contains(&key) {
                    named.push(key);
                }
            }
        }
        let mut strings: Vec<String> = named.iter().map(|(name, _)| name.clone()).collect();
        let fixed = named.len();
        let mut index = |text: &str| match strings.iter().skip(fixed).position(|known| known == text) {
            Some(at) => (at + fixed) as u32,
            None => {
                strings.push(text.to_owned());
                strings.len() as u32 - 1
            }
        };
        let mut nodes = Vec::new();
        let mut open = Vec::new();
        for event in &self.events {
            let node_header = u32s(&[1, u32::MAX]);
            nodes.push(match event {
                Event::Start(name, attributes) => {
                    let name = index(name);
                    open.push(name);
                    let mut body = u32s(&[u32::MAX, name]);
                    body.extend(u16s(&[20, 20, attributes.len() as u16, 0, 0, 0]));
                    for attribute in attributes {
                        let known = named
                            .iter()
                            .position(|(name, id)| *name == attribute.name && *id == attribute.id);
                        let namespace = attribute.namespace.map_or(u32::MAX, &mut index);
                        let name = match known {
                            Some(at) if attribute.id != 0 => at as u32,
                            _ => index(&attribute.name),
                        };
                        let (raw, kind, data) = match &attribute.value {
                            V::Text(text) => (index(text), 0x03, index(text)),
                            V::Int(number) => (u32::MAX, 0x10, *number as u32),
                            V::Bool(value) => (u32::MAX, 0x12, if *value { u32::MAX } else { 0 }),
                            V::Ref(id) => (u32::MAX, 0x01, *id),
                            V::Typed(kind, data) => (u32::MAX, *kind, *data),
                        };
                        body.extend(u32s(&[namespace, name, raw]));
                        body.extend([8, 0, 0, kind]);
                        body.extend(u32s(&[data]));
                    }
                    chunk(0x0102, &node_header, &body)
                }
                Event::End => {
                    let name = open.pop().unwrap_or(u32::MAX);
                    chunk(0x0103, &node_header, &u32s(&[u32::MAX, name]))
                }
                Event::Text(text) => {
                    let text = index(text);
                    chunk(0x0104, &node_header, &u32s(&[text, 8, u32::MAX]))
                }
                Event::Raw(bytes) => bytes.clone(),
            });
        }
        let replacement = |text: &String| {
            replaced
                .iter()
                .find(|(from, _)| from == text)
                .map(|(_, to)| (*to).to_owned())
        };
        let strings: Vec<String> = strings
            .iter()
            .map(|text| replacement(text).unwrap_or(text.clone()))
            .collect();
        let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
        let ids: Vec<u32> = named.iter().map(|(_, id)| *id).collect();
        Parts {
            pool: pool(&strings, self.utf8),
            ids: chunk(0x0180, &[], &u32s(&ids)),
            nodes,
        }
    }

    pub fn finish(&self) -> Vec<u8> {
        self.parts().finish()
    }
}

impl Parts {
    pub fn finish(&self) -> Vec<u8> {
        document(&[vec![self.pool.clone(), self.ids.clone()], self.nodes.clone()].concat())
    }
}

/// A file of these chunks.
pub fn document(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(0x0003, &[], &chunks.concat())
}

/// A configuration with a language tag of a language and perhaps a region.
pub fn config(language: &str, region: &str) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    set_u32(&mut bytes, 0, 64);
    bytes[8..8 + language.len()].copy_from_slice(language.as_bytes());
    bytes[10..10 + region.len()].copy_from_slice(region.as_bytes());
    bytes
}

#[derive(Clone, Debug)]
pub enum Entry {
    /// Key, type, data.
    Plain(u32, u8, u32),
    Compact(u16, u8, u32),
    /// Key, then names, types and data.
    Bag(u32, Vec<(u32, u8, u32)>),
}

impl Entry {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Plain(key, kind, data) => {
                let mut bytes = u16s(&[8, 0]);
                bytes.extend(u32s(&[*key]));
                bytes.extend([8, 0, 0, *kind]);
                bytes.extend(u32s(&[*data]));
                bytes
            }
            Self::Compact(key, kind, data) => {
                let mut bytes = u16s(&[*key, u16::from(*kind) << 8 | 8]);
                bytes.extend(u32s(&[*data]));
                bytes
            }
            Self::Bag(key, parts) => {
                let mut bytes = u16s(&[16, 1]);
                bytes.extend(u32s(&[*key, 0, parts.len() as u32]));
                for (name, kind, data) in parts {
                    bytes.extend(u32s(&[*name]));
                    bytes.extend([8, 0, 0, *kind]);
                    bytes.extend(u32s(&[*data]));
                }
                bytes
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    Dense,
    Sparse,
    Offset16,
}

/// The values of one type in one configuration; entries by number.
pub fn type_chunk(id: u8, config: &[u8], layout: Layout, count: u16, entries: &[(u16, Entry)]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut offsets = Vec::new();
    for (number, entry) in entries {
        offsets.push((*number, data.len() as u32));
        data.extend(entry.bytes());
    }
    let find = |number: u16| {
        offsets
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, offset)| *offset)
    };
    let (flag, count, index) = match layout {
        Layout::Dense => {
            let all: Vec<u32> = (0..count)
                .map(|number| find(number).unwrap_or(u32::MAX))
                .collect();
            (0, count, u32s(&all))
        }
        Layout::Offset16 => {
            let all: Vec<u16> = (0..count)
                .map(|number| find(number).map_or(u16::MAX, |offset| (offset / 4) as u16))
                .collect();
            (2, count, u16s(&all))
        }
        Layout::Sparse => {
            let all: Vec<u16> = offsets
                .iter()
                .flat_map(|(number, offset)| [*number, (*offset / 4) as u16])
                .collect();
            (1, offsets.len() as u16, u16s(&all))
        }
    };
    let mut index = index;
    index.resize(index.len().next_multiple_of(4), 0);
    let header_size = 20 + config.len();
    let mut header = vec![id, flag, 0, 0];
    header.extend(u32s(&[u32::from(count), (header_size + index.len()) as u32]));
    header.extend(config);
    chunk(0x0201, &header, &[index, data].concat())
}

pub fn type_spec(id: u8, count: u16) -> Vec<u8> {
    let mut header = vec![id, 0, 0, 0];
    header.extend(u32s(&[u32::from(count)]));
    chunk(0x0202, &header, &vec![0; usize::from(count) * 4])
}

pub fn package(id: u32, types: &[&str], keys: &[&str], chunks: &[Vec<u8>]) -> Vec<u8> {
    let (types, keys) = (pool(types, true), pool(keys, true));
    let mut header = u32s(&[id]);
    header.extend(vec![0; 256]);
    header.extend(u32s(&[288, 0, 288 + types.len() as u32, 0, 0]));
    chunk(
        0x0200,
        &header,
        &[vec![types, keys], chunks.to_vec()].concat().concat(),
    )
}

pub fn table(strings: &[&str], packages: &[Vec<u8>]) -> Vec<u8> {
    table_of(
        &[vec![pool(strings, true)], packages.to_vec()].concat(),
        packages.len() as u32,
    )
}

pub fn table_of(chunks: &[Vec<u8>], packages: u32) -> Vec<u8> {
    chunk(0x0002, &u32s(&[packages]), &chunks.concat())
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A protobuf field that holds a number.
pub fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A protobuf field that holds bytes: text, or a message of these fields.
pub fn bytes(field: u64, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [varint(field << 3 | 2), varint(body.len() as u64), body].concat()
}
