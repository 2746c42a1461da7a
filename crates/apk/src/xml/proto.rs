//! The protobuf form of XML and resource tables inside app bundles: the messages of aapt2's `Resources.proto`, read with a
//! reader of the wire format that knows no schema.

use std::borrow::Cow;
use std::collections::HashMap;

use super::config::Config;
use super::document::{Builder, Document, Next};
use super::table::{Entries, Item, Package, Table, Type, Variant, MOST_PACKAGES, MOST_VARIANTS, PLURALS};
use super::text::Text;
use super::value::Value;
use crate::{Code, Error, FaultLog, Limits};

/// The payload of one field.
#[derive(Debug, Clone, Copy)]
enum Payload<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of one message, in the order stored. Ends early, with `broken` set, where the bytes are no field.
#[derive(Debug, Clone)]
struct Fields<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Fields<'a> {
    fn of(message: &'a [u8]) -> Self {
        Self {
            rest: message,
            broken: false,
        }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u64, Payload<'a>)> {
        let key = self.varint()?;
        let payload = match key & 7 {
            0 => Payload::Number(self.varint()?),
            1 => Payload::Number(u64::from_le_bytes(*self.take(8)?.first_chunk()?)),
            2 => {
                let length = self.varint()?;
                Payload::Bytes(self.take(length)?)
            }
            5 => Payload::Number(u64::from(u32::from_le_bytes(*self.take(4)?.first_chunk()?))),
            _ => return None,
        };
        (key >> 3 != 0).then_some((key >> 3, payload))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Payload<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.broken {
            return None;
        }
        let field = self.field();
        self.broken = field.is_none();
        field
    }
}

/// The last field of that number that holds bytes, as protobuf decides between repeated scalars.
fn bytes_of(message: &[u8], number: u64) -> Option<&[u8]> {
    Fields::of(message)
        .filter_map(|field| match field {
            (at, Payload::Bytes(bytes)) if at == number => Some(bytes),
            _ => None,
        })
        .last()
}

fn number_of(message: &[u8], number: u64) -> Option<u64> {
    Fields::of(message)
        .filter_map(|field| match field {
            (at, Payload::Number(value)) if at == number => Some(value),
            _ => None,
        })
        .last()
}

fn text(bytes: &[u8]) -> Text<'_> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Text::Borrowed(text),
        Cow::Owned(text) => text.into(),
    }
}

fn low_word(number: u64) -> u32 {
    (number & 0xffff_ffff) as u32
}

/// An `XmlNode` as a document.
pub(super) fn document<'a>(data: &'a [u8], limits: &Limits) -> Result<Document<'a>, Error> {
    let bad = |what: &str| Error::new(Code::Unreadable, what, "");
    let mut fields = Fields::of(data);
    let mut root = None;
    for field in fields.by_ref() {
        if let (1, Payload::Bytes(element)) = field {
            root = Some(element);
        }
    }
    let root = root
        .filter(|_| !fields.broken)
        .ok_or_else(|| bad("the protobuf document has no root element"))?;
    let mut builder = Builder::new(limits, false);
    let mut next = element(&mut builder, root);
    let mut open = vec![Fields::of(root)];
    while next == Next::More {
        let Some(fields) = open.last_mut() else { break };
        match fields.next() {
            Some((5, Payload::Bytes(node))) => {
                if let Some(child) = bytes_of(node, 1) {
                    next = element(&mut builder, child);
                    open.push(Fields::of(child));
                } else if let Some(bytes) = bytes_of(node, 2) {
                    builder.text(text(bytes));
                }
            }
            Some(_) => {}
            None => {
                if fields.broken {
                    builder.fault("xml_damaged", || {
                        "the rest of the element was not read".to_owned()
                    });
                }
                open.pop();
                next = builder.close();
            }
        }
    }
    builder.finish()
}

fn element<'a>(builder: &mut Builder<'a>, message: &'a [u8]) -> Next {
    let name = bytes_of(message, 3).map(text).unwrap_or_default();
    let number = builder.name(&name);
    if builder.open(name, number) == Next::Done {
        return Next::Done;
    }
    if !builder.keeps_attributes() {
        return Next::More;
    }
    for field in Fields::of(message) {
        let (4, Payload::Bytes(attribute)) = field else {
            continue;
        };
        let namespace = bytes_of(attribute, 1).filter(|uri| !uri.is_empty()).map(text);
        let name = bytes_of(attribute, 2).map(text).unwrap_or_default();
        let raw = bytes_of(attribute, 3).map(text);
        let id = low_word(number_of(attribute, 5).unwrap_or(0));
        let compiled = bytes_of(attribute, 6).and_then(item);
        let value = compiled.unwrap_or_else(|| Value::Text(raw.clone().unwrap_or_default()));
        if builder.attribute((namespace, name), id, raw, value) == Next::Done {
            return Next::Done;
        }
    }
    Next::More
}

/// The value of an `Item`; `None` when it holds none of the kinds known.
pub(super) fn item(message: &[u8]) -> Option<Value<'_>> {
    let (kind, payload) = Fields::of(message)
        .filter(|(number, _)| (1..=7).contains(number))
        .last()?;
    let Payload::Bytes(body) = payload else {
        return None;
    };
    Some(match kind {
        1 => reference(body),
        2..=5 => Value::Text(bytes_of(body, 1).map(text).unwrap_or_default()),
        6 => Value::Bool(false),
        _ => primitive(body)?,
    })
}

fn reference(message: &[u8]) -> Value<'_> {
    let theme = number_of(message, 1) == Some(1);
    match low_word(number_of(message, 2).unwrap_or(0)) {
        0 => match bytes_of(message, 3) {
            Some(name) if !name.is_empty() => Value::Text(Text::from(format!(
                "{}{}",
                if theme { '?' } else { '@' },
                text(name)
            ))),
            _ => Value::Null,
        },
        id if theme => Value::Theme(id),
        id => Value::Reference(id),
    }
}

fn primitive(message: &[u8]) -> Option<Value<'_>> {
    let (kind, payload) = Fields::of(message).last()?;
    let number = match payload {
        Payload::Number(number) => number,
        Payload::Bytes(_) => 0,
    };
    let word = low_word(number);
    Some(match kind {
        1 => Value::Null,
        2 => Value::Empty,
        3 => Value::Float(f32::from_bits(word)),
        6 => Value::Int(word as i32),
        7 => Value::Hex(word),
        8 => Value::Bool(number != 0),
        9..=12 => Value::Color(word),
        13 => Value::Dimension(word),
        14 => Value::Fraction(word),
        _ => return None,
    })
}

/// A `ResourceTable`.
pub(super) fn table<'a>(data: &'a [u8], limits: &Limits) -> Result<Table<'a>, Error> {
    let mut fields = Fields::of(data);
    let mut packages = Vec::new();
    let mut left = limits.strings;
    let mut faults = FaultLog::default();
    for field in fields.by_ref() {
        let (2, Payload::Bytes(message)) = field else {
            continue;
        };
        if packages.len() >= MOST_PACKAGES {
            let what = format!("packages beyond the first {MOST_PACKAGES} were left out");
            faults.push("", "package_limit", what);
            break;
        }
        packages.push(package(message, &mut left)?);
    }
    if packages.is_empty() {
        return Err(Error::new(
            Code::Unreadable,
            "the protobuf resource table has no package",
            "",
        ));
    }
    if fields.broken {
        faults.push("", "table_damaged", "the rest of the resource table was not read");
    }
    Ok(Table {
        packages,
        anomalies: Vec::new(),
        faults: faults.finish(),
    })
}

fn wrapped_id(message: &[u8]) -> Option<u64> {
    number_of(bytes_of(message, 1)?, 1)
}

fn package<'a>(message: &'a [u8], left: &mut usize) -> Result<Package<'a>, Error> {
    let id = low_word(wrapped_id(message).unwrap_or(0));
    let mut types = Vec::new();
    for field in Fields::of(message) {
        if let (3, Payload::Bytes(message)) = field {
            types.push(resource_type(message, left)?);
        }
    }
    Ok(Package {
        id,
        types,
        strings: None,
        keys: None,
    })
}

fn resource_type<'a>(message: &'a [u8], left: &mut usize) -> Result<Type<'a>, Error> {
    let id = wrapped_id(message)
        .and_then(|id| u8::try_from(id).ok())
        .unwrap_or(0);
    let name = bytes_of(message, 2).map(text).unwrap_or_default();
    let mut variants: Vec<Variant<'a>> = Vec::new();
    let mut by_config: HashMap<&'a [u8], usize> = HashMap::new();
    let mut names = HashMap::new();
    for field in Fields::of(message) {
        let (3, Payload::Bytes(entry)) = field else {
            continue;
        };
        let Some(number) = wrapped_id(entry)
            .or(Some(0))
            .and_then(|id| u16::try_from(id).ok())
        else {
            continue;
        };
        if let Some(name) = bytes_of(entry, 2) {
            names.insert(number, text(name));
        }
        for field in Fields::of(entry) {
            let (6, Payload::Bytes(configured)) = field else {
                continue;
            };
            *left = left.checked_sub(1).ok_or_else(|| {
                Error::new(
                    Code::Limit,
                    "the resource table has more values than the limit of strings",
                    "",
                )
            })?;
            let config = bytes_of(configured, 1).unwrap_or_default();
            let Some(value) = bytes_of(configured, 2) else {
                continue;
            };
            let known = by_config.len();
            let at = *by_config.entry(config).or_insert(known);
            if at == variants.len() && at < MOST_VARIANTS {
                variants.push(Variant::new(
                    configuration(config),
                    Entries::Messages(HashMap::new()),
                ));
            }
            if let Some(Entries::Messages(values)) = variants.get_mut(at).map(|variant| &mut variant.entries)
            {
                values.entry(number).or_insert(value);
            }
        }
    }
    Ok(Type {
        id,
        name,
        variants,
        names,
    })
}

fn configuration(message: &[u8]) -> Config {
    let mut config = Config::default();
    for field in Fields::of(message) {
        match field {
            (3, Payload::Bytes(locale)) => config.locale = text(locale).into_owned(),
            (17, Payload::Number(1)) => config.others += 1,
            (18, Payload::Number(density)) => config.density = u16::try_from(density).unwrap_or(u16::MAX),
            (24, Payload::Number(sdk)) => config.sdk = u16::try_from(sdk).unwrap_or(u16::MAX),
            (1..=23, Payload::Number(number)) if number != 0 => config.others += 1,
            _ => {}
        }
    }
    config
}

/// What a `Value` message of a resource holds.
pub(super) fn entry(message: &[u8]) -> Option<Item<'_>> {
    if let Some(value) = bytes_of(message, 4).and_then(item) {
        return Some(Item::Value(value));
    }
    let compound = bytes_of(message, 5)?;
    let mut parts = Vec::new();
    for field in bytes_of(compound, 4).into_iter().flat_map(Fields::of) {
        if let (1, Payload::Bytes(element)) = field {
            parts.extend(bytes_of(element, 3).and_then(item).map(|value| (0, value)));
        }
    }
    for field in bytes_of(compound, 5).into_iter().flat_map(Fields::of) {
        if let (1, Payload::Bytes(element)) = field {
            let arity = ARITIES.get(number_of(element, 3).unwrap_or(0) as usize);
            let name = PLURALS
                .iter()
                .find(|(_, name)| arity == Some(name))
                .map_or(0, |(id, _)| *id);
            parts.extend(bytes_of(element, 4).and_then(item).map(|value| (name, value)));
        }
    }
    Some(Item::Bag(parts))
}

/// The arities of plurals in the order of their numbers.
const ARITIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
