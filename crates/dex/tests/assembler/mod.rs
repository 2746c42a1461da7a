//! A small assembler: smali-like text to the bytes of a valid DEX file, so that tests say what they are about.
//!
//! ```text
//! .class La/B; extends La/A; implements La/I; source "B.java"
//! .field static final KEY:Ljava/lang/String; = "android_id"
//! .method static c(I)V registers 3
//!   .line 7
//!   :again
//!   const-string v0, "text"
//!   if-eqz v2, :again
//!   packed-switch v2, :table
//!   .catch :again :done :handler
//!   :table .packed 1 :again :done
//!   :array .array 4 10 20 30
//! .end
//! ```
//!
//! The operand of `invoke-custom` is the method its call site binds. Lines that begin with `#` are left out.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod body;
mod pools;
mod words;

use body::Body;
use pools::{uleb, Pools};
use words::{words, Literal};

const ACC_CONSTRUCTOR: u32 = 0x10000;

struct Field {
    name: String,
    kind: String,
    access: u32,
    value: Option<Literal>,
}

struct Method {
    name: String,
    proto: String,
    access: u32,
    body: Option<Body>,
}

struct Class {
    name: String,
    access: u32,
    superclass: String,
    interfaces: Vec<String>,
    source: Option<String>,
    fields: Vec<Field>,
    methods: Vec<Method>,
}

/// The bytes of a version 035 file.
pub fn assemble(text: &str) -> Vec<u8> {
    assemble_as(text, "035")
}

/// The bytes of a file of the version given.
pub fn assemble_as(text: &str, version: &str) -> Vec<u8> {
    let classes = parse(text);
    let mut pools = Pools::default();
    // The first run learns what the tables must hold, the second writes with their final order.
    emit(&classes, &mut pools, version);
    pools.freeze();
    emit(&classes, &mut pools, version)
}

fn access(word: &str) -> Option<u32> {
    Some(match word {
        "public" => 1,
        "private" => 2,
        "static" => 8,
        "final" => 0x10,
        "native" => 0x100,
        "interface" => 0x200,
        "abstract" => 0x400,
        _ => return None,
    })
}

fn take_access(words: &mut &[String]) -> u32 {
    let mut flags = 0;
    while let Some(flag) = words.first().and_then(|word| access(word)) {
        flags |= flag;
        *words = &words[1..];
    }
    flags
}

fn parse(text: &str) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    let mut open: Option<Method> = None;
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let all = words(line);
        let mut rest = &all[1..];
        match all[0].as_str() {
            ".class" => classes.push(parse_class(rest)),
            ".field" => {
                let access = take_access(&mut rest);
                let (name, kind) = rest[0].split_once(':').unwrap();
                let value = rest.get(2).map(|word| Literal::parse(word));
                let field = Field {
                    name: name.into(),
                    kind: kind.into(),
                    access,
                    value,
                };
                classes.last_mut().unwrap().fields.push(field);
            }
            ".method" => {
                let mut access = take_access(&mut rest);
                let (name, proto) = rest[0].split_at(rest[0].find('(').unwrap());
                if name.starts_with('<') {
                    access |= ACC_CONSTRUCTOR;
                }
                let body = rest
                    .get(2)
                    .map(|count| Body::new(count.parse().unwrap(), proto, access));
                let method = Method {
                    name: name.into(),
                    proto: proto.into(),
                    access,
                    body,
                };
                if method.body.is_some() {
                    open = Some(method);
                } else {
                    classes.last_mut().unwrap().methods.push(method);
                }
            }
            ".end" => classes.last_mut().unwrap().methods.push(open.take().unwrap()),
            _ => open.as_mut().unwrap().body.as_mut().unwrap().line(&all),
        }
    }
    classes
}

fn parse_class(words: &[String]) -> Class {
    let mut rest = words;
    let access = take_access(&mut rest);
    let mut class = Class {
        name: rest[0].clone(),
        access,
        superclass: "Ljava/lang/Object;".into(),
        interfaces: Vec::new(),
        source: None,
        fields: Vec::new(),
        methods: Vec::new(),
    };
    for pair in rest[1..].chunks(2) {
        match pair[0].as_str() {
            "extends" => class.superclass = pair[1].clone(),
            "implements" => class.interfaces.push(pair[1].clone()),
            "source" => class.source = Some(pair[1].trim_matches('"').into()),
            other => panic!("{other}"),
        }
    }
    class
}

fn emit(classes: &[Class], pools: &mut Pools, version: &str) -> Vec<u8> {
    let head = if version >= "041" { 0x78 } else { 0x70 };
    let mut rows: Vec<[u32; 8]> = Vec::new();
    let mut data = Data {
        bytes: Vec::new(),
        start: head + pools.table_bytes() + classes.len() * 32,
    };
    for class in classes {
        rows.push(emit_class(class, pools, &mut data));
    }
    pools.emit(&mut data, version, head, &rows)
}

fn emit_class(class: &Class, pools: &mut Pools, data: &mut Data) -> [u32; 8] {
    let interfaces = pools.type_list(&class.interfaces, data);
    let mut statics: Vec<(u32, &Field)> = Vec::new();
    let mut instances: Vec<(u32, &Field)> = Vec::new();
    for field in &class.fields {
        let row = pools.field(&class.name, &field.name, &field.kind);
        if field.access & 8 != 0 {
            &mut statics
        } else {
            &mut instances
        }
        .push((row, field));
    }
    let mut direct = Vec::new();
    let mut other = Vec::new();
    for method in &class.methods {
        let row = pools.method(&class.name, &method.name, &method.proto);
        let code = method.body.as_ref().map_or(0, |body| body.emit(pools, data));
        let is_direct = method.access & (2 | 8 | ACC_CONSTRUCTOR) != 0;
        if is_direct { &mut direct } else { &mut other }.push((row, method.access, code));
    }
    statics.sort_by_key(|field| field.0);
    instances.sort_by_key(|field| field.0);
    direct.sort_unstable();
    other.sort_unstable();
    let mut members = Vec::new();
    for count in [statics.len(), instances.len(), direct.len(), other.len()] {
        uleb(&mut members, count as u32);
    }
    for list in [&statics, &instances] {
        let mut last = 0;
        for (row, field) in list {
            uleb(&mut members, row - last);
            uleb(&mut members, field.access);
            last = *row;
        }
    }
    for list in [&direct, &other] {
        let mut last = 0;
        for (row, access, code) in list {
            for number in [row - last, *access, *code] {
                uleb(&mut members, number);
            }
            last = *row;
        }
    }
    let values = statics
        .iter()
        .rposition(|field| field.1.value.is_some())
        .map_or(0, |last| {
            let mut array = Vec::new();
            uleb(&mut array, last as u32 + 1);
            for (_, field) in &statics[..=last] {
                field
                    .value
                    .as_ref()
                    .unwrap_or(&Literal::zero(&field.kind))
                    .encode(pools, &mut array);
            }
            data.add(&array, 1)
        });
    let source = class
        .source
        .as_ref()
        .map_or(u32::MAX, |source| pools.string(source));
    let (name, superclass) = (pools.type_(&class.name), pools.type_(&class.superclass));
    [
        name,
        class.access,
        superclass,
        interfaces,
        source,
        0,
        data.add(&members, 1),
        values,
    ]
}

/// Everything behind the tables.
pub struct Data {
    bytes: Vec<u8>,
    start: usize,
}

impl Data {
    fn add(&mut self, bytes: &[u8], align: usize) -> u32 {
        while (self.start + self.bytes.len()) % align != 0 {
            self.bytes.push(0);
        }
        let at = self.start + self.bytes.len();
        self.bytes.extend(bytes);
        at as u32
    }
}

/// States the right size, SHA-1 and Adler-32 in the header of a file that was changed on purpose.
pub fn seal(bytes: &mut [u8]) {
    use sha1::{Digest, Sha1};
    let size = bytes.len() as u32;
    bytes[0x20..0x24].copy_from_slice(&size.to_le_bytes());
    let digest = Sha1::digest(&bytes[32..]);
    bytes[12..32].copy_from_slice(&digest);
    let sum = adler2::adler32_slice(&bytes[12..]);
    bytes[8..12].copy_from_slice(&sum.to_le_bytes());
}
