//! The tables of identifiers, in the order the format asks for, and the file they are part of.

use std::collections::BTreeMap;

use dex::encode_mutf8;

use super::{seal, Data};

type Proto = (String, Vec<String>);

/// One table: rows are numbered as they come in the first run and by order in the second.
struct Pool<K> {
    rows: BTreeMap<K, u32>,
}

impl<K> Default for Pool<K> {
    fn default() -> Self {
        Pool {
            rows: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone> Pool<K> {
    fn row(&mut self, key: K) -> u32 {
        let fresh = self.rows.len() as u32;
        *self.rows.entry(key).or_insert(fresh)
    }

    fn freeze(&mut self) {
        for (number, row) in self.rows.values_mut().enumerate() {
            *row = number as u32;
        }
    }

    fn keys(&self) -> Vec<K> {
        self.rows.keys().cloned().collect()
    }
}

#[derive(Default)]
pub struct Pools {
    strings: Pool<String>,
    types: Pool<String>,
    protos: Pool<Proto>,
    fields: Pool<(String, String, String)>,
    methods: Pool<(String, String, Proto)>,
    handles: Pool<u32>,
    call_sites: Pool<(u32, u32, u32)>,
}

impl Pools {
    pub fn freeze(&mut self) {
        self.strings.freeze();
        self.types.freeze();
        self.protos.freeze();
        self.fields.freeze();
        self.methods.freeze();
        // These name rows of other tables, so they are learnt again in the second run.
        self.handles = Pool::default();
        self.call_sites = Pool::default();
    }

    pub fn table_bytes(&self) -> usize {
        let small = self.strings.rows.len() + self.types.rows.len();
        small * 4 + self.protos.rows.len() * 12 + (self.fields.rows.len() + self.methods.rows.len()) * 8
    }

    pub fn string(&mut self, text: &str) -> u32 {
        self.strings.row(text.into())
    }

    pub fn type_(&mut self, name: &str) -> u32 {
        self.string(name);
        self.types.row(name.into())
    }

    pub fn proto(&mut self, text: &str) -> u32 {
        let proto = self.split(text);
        self.protos.row(proto)
    }

    pub fn field(&mut self, class: &str, name: &str, kind: &str) -> u32 {
        self.type_(class);
        self.type_(kind);
        self.string(name);
        self.fields.row((class.into(), name.into(), kind.into()))
    }

    pub fn method(&mut self, class: &str, name: &str, proto: &str) -> u32 {
        self.type_(class);
        self.string(name);
        self.proto(proto);
        let proto = self.split(proto);
        self.methods.row((class.into(), name.into(), proto))
    }

    /// A handle that calls a static method.
    pub fn handle(&mut self, method: u32) -> u32 {
        self.handles.row(method)
    }

    /// A call site whose bootstrap method is `method`.
    pub fn call_site(&mut self, method: u32, proto: u32) -> u32 {
        let handle = self.handle(method);
        let name = self.string("site");
        self.call_sites.row((handle, name, proto))
    }

    fn split(&mut self, text: &str) -> Proto {
        let (parameters, result) = text.trim_start_matches('(').split_once(')').unwrap();
        let parameters = types_of(parameters);
        for kind in parameters.iter().map(String::as_str).chain([result]) {
            self.type_(kind);
        }
        self.string(&shorty(result, &parameters));
        (result.into(), parameters)
    }

    pub fn type_list(&mut self, names: &[String], data: &mut Data) -> u32 {
        if names.is_empty() {
            return 0;
        }
        let mut list = (names.len() as u32).to_le_bytes().to_vec();
        for name in names {
            list.extend((self.type_(name) as u16).to_le_bytes());
        }
        data.add(&list, 4)
    }

    /// The file: header, tables, data and the map of sections.
    pub fn emit(&mut self, data: &mut Data, version: &str, head: usize, classes: &[[u32; 8]]) -> Vec<u8> {
        let string_rows: Vec<u32> = self
            .strings
            .keys()
            .iter()
            .map(|text| string_data(text, data))
            .collect();
        let type_rows: Vec<u32> = self.types.keys().iter().map(|name| self.string(name)).collect();
        let mut proto_rows = Vec::new();
        for (result, parameters) in self.protos.keys() {
            let list = self.type_list(&parameters, data);
            proto_rows.push([
                self.string(&shorty(&result, &parameters)),
                self.type_(&result),
                list,
            ]);
        }
        let mut site_rows = Vec::new();
        let mut sites: Vec<_> = self
            .call_sites
            .rows
            .iter()
            .map(|(site, row)| (*row, *site))
            .collect();
        sites.sort_unstable();
        for (_, (handle, name, proto)) in sites {
            let mut array = vec![3, 0x16];
            array.push(handle as u8);
            for (kind, index) in [(0x77, name), (0x75, proto)] {
                array.push(kind);
                array.extend(index.to_le_bytes());
            }
            site_rows.push(data.add(&array, 1));
        }
        let site_bytes: Vec<u8> = site_rows.iter().flat_map(|row| row.to_le_bytes()).collect();
        let sites_at = data.add(&site_bytes, 4);
        let mut handles: Vec<_> = self
            .handles
            .rows
            .iter()
            .map(|(method, row)| (*row, *method))
            .collect();
        handles.sort_unstable();
        let handle_bytes: Vec<u8> = handles
            .iter()
            .flat_map(|(_, method)| [4u16, 0, *method as u16, 0])
            .flat_map(u16::to_le_bytes)
            .collect();
        let handles_at = data.add(&handle_bytes, 4);
        let mut tables: Vec<u8> = Vec::new();
        let mut extents: Vec<(u32, usize)> = Vec::new();
        let mut table = |rows: usize, words: Vec<u32>| {
            extents.push((rows as u32, head + tables.len()));
            tables.extend(words.into_iter().flat_map(u32::to_le_bytes));
        };
        table(string_rows.len(), string_rows.clone());
        table(type_rows.len(), type_rows);
        table(proto_rows.len(), proto_rows.into_iter().flatten().collect());
        let fields = self.fields.keys().into_iter().map(|(class, name, kind)| {
            [
                self.types.rows[&class] | self.types.rows[&kind] << 16,
                self.strings.rows[&name],
            ]
        });
        table(self.fields.rows.len(), fields.flatten().collect());
        let methods = self.methods.keys().into_iter().map(|(class, name, proto)| {
            [
                self.types.rows[&class] | self.protos.rows[&proto] << 16,
                self.strings.rows[&name],
            ]
        });
        table(self.methods.rows.len(), methods.flatten().collect());
        table(classes.len(), classes.iter().flatten().copied().collect());
        let map = map(&extents, (handles.len(), handles_at), (site_rows.len(), sites_at));
        let map_at = data.add(&map, 4);
        let mut file = format!("dex\n{version}\0").into_bytes();
        file.resize(0x20, 0);
        let size = head + tables.len() + data.bytes.len();
        for word in [size as u32, head as u32, 0x1234_5678, 0, 0, map_at] {
            file.extend(word.to_le_bytes());
        }
        for (rows, at) in extents {
            file.extend(rows.to_le_bytes());
            file.extend(if rows == 0 { 0 } else { at as u32 }.to_le_bytes());
        }
        file.extend((data.bytes.len() as u32).to_le_bytes());
        file.extend((data.start as u32).to_le_bytes());
        if head == 0x78 {
            file.extend((size as u32).to_le_bytes());
            file.extend([0; 4]);
        }
        file.extend(tables);
        file.extend(&data.bytes);
        seal(&mut file);
        file
    }
}

fn map(extents: &[(u32, usize)], handles: (usize, u32), sites: (usize, u32)) -> Vec<u8> {
    let mut rows: Vec<(u32, u32, u32)> = vec![(0, 1, 0)];
    for (kind, (count, at)) in extents.iter().enumerate() {
        rows.push((kind as u32 + 1, *count, *at as u32));
    }
    rows.push((7, sites.0 as u32, sites.1));
    rows.push((8, handles.0 as u32, handles.1));
    rows.retain(|row| row.1 > 0);
    let mut map = (rows.len() as u32).to_le_bytes().to_vec();
    for (kind, count, at) in rows {
        map.extend([kind, count, at].into_iter().flat_map(u32::to_le_bytes));
    }
    map
}

fn string_data(text: &str, data: &mut Data) -> u32 {
    let mut bytes = Vec::new();
    uleb(&mut bytes, text.encode_utf16().count() as u32);
    bytes.extend(encode_mutf8(text));
    bytes.push(0);
    data.add(&bytes, 1)
}

pub fn types_of(mut text: &str) -> Vec<String> {
    let mut types = Vec::new();
    while !text.is_empty() {
        let array = text.len() - text.trim_start_matches('[').len();
        let end = if text[array..].starts_with('L') {
            text.find(';').unwrap() + 1
        } else {
            array + 1
        };
        types.push(text[..end].to_owned());
        text = &text[end..];
    }
    types
}

fn shorty(result: &str, parameters: &[String]) -> String {
    let short = |kind: &str| {
        if kind.starts_with(['L', '[']) {
            'L'
        } else {
            kind.chars().next().unwrap()
        }
    };
    [result]
        .into_iter()
        .chain(parameters.iter().map(String::as_str))
        .map(short)
        .collect()
}

pub fn uleb(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
