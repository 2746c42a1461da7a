//! Writes ZIP archives as no honest tool would: every field of every record can be set.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;

use apk::Bytes;

/// One entry. What the local header says may differ from what the directory says.
#[derive(Clone)]
pub struct Item {
    pub name: Vec<u8>,
    pub packed: Vec<u8>,
    pub size: u64,
    pub crc: u32,
    pub method: u16,
    pub flags: u16,
    pub local_name: Option<Vec<u8>>,
    pub local_method: Option<u16>,
    pub local_size: Option<u32>,
    pub descriptor: Option<[u32; 3]>,
    /// Sizes and offset in the ZIP64 extra field, 32-bit fields saturated.
    pub zip64: bool,
    /// The packed size the directory declares, when not the real one.
    pub declared_packed: Option<u32>,
    /// Point the directory at the local header of this item instead of an own one.
    pub same_as: Option<usize>,
}

pub fn stored(name: &str, data: &[u8]) -> Item {
    Item {
        name: name.as_bytes().to_vec(),
        packed: data.to_vec(),
        size: data.len() as u64,
        crc: crc32fast::hash(data),
        method: 0,
        flags: 0,
        local_name: None,
        local_method: None,
        local_size: None,
        descriptor: None,
        zip64: false,
        declared_packed: None,
        same_as: None,
    }
}

pub fn deflated(name: &str, data: &[u8]) -> Item {
    Item {
        packed: deflate(data),
        method: 8,
        ..stored(name, data)
    }
}

pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// An archive around its entries.
#[derive(Default)]
pub struct Zip {
    pub items: Vec<Item>,
    /// Bytes before the first entry that offsets do not count.
    pub before: Vec<u8>,
    /// Bytes before the first entry that offsets count.
    pub first: Vec<u8>,
    /// Bytes between the last entry and the directory, such as a signing block.
    pub block: Vec<u8>,
    /// Bytes between the directory and the end record.
    pub gap: Vec<u8>,
    pub comment: Vec<u8>,
    /// Bytes after the comment.
    pub after: Vec<u8>,
    pub count: Option<u16>,
    pub directory_cut: usize,
    pub zip64: bool,
}

impl Zip {
    pub fn of(items: impl IntoIterator<Item = Item>) -> Self {
        Self {
            items: items.into_iter().collect(),
            ..Self::default()
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.first.clone();
        let mut offsets: Vec<u32> = Vec::new();
        for item in &self.items {
            if let Some(other) = item.same_as {
                offsets.push(offsets[other]);
                continue;
            }
            offsets.push(out.len() as u32);
            out.extend(local(item));
            out.extend(&item.packed);
            if let Some(fields) = item.descriptor {
                out.extend(0x0807_4b50u32.to_le_bytes());
                fields.iter().for_each(|field| out.extend(field.to_le_bytes()));
            }
        }
        out.extend(&self.block);
        let start = out.len();
        for (item, &offset) in self.items.iter().zip(&offsets) {
            out.extend(central(item, offset));
        }
        out.truncate(out.len() - self.directory_cut);
        let size = out.len() - start;
        out.extend(&self.gap);
        let count = self.count.unwrap_or(self.items.len() as u16);
        if self.zip64 {
            out.extend(end64(&self.items, start, size, out.len()));
        }
        let saturated = |value: usize| if self.zip64 { u32::MAX } else { value as u32 };
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend(count.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(saturated(size).to_le_bytes());
        out.extend(saturated(start).to_le_bytes());
        out.extend((self.comment.len() as u16).to_le_bytes());
        out.extend(&self.comment);
        out.extend(&self.after);
        [self.before.clone(), out].concat()
    }

    pub fn shared(&self) -> Bytes {
        Bytes::from(self.bytes())
    }
}

fn local(item: &Item) -> Vec<u8> {
    let name = item.local_name.as_ref().unwrap_or(&item.name);
    let mut out = b"PK\x03\x04\x14\0".to_vec();
    out.extend(item.flags.to_le_bytes());
    out.extend(item.local_method.unwrap_or(item.method).to_le_bytes());
    out.extend([0; 4]);
    let (crc, packed, size) = if item.descriptor.is_some() {
        (0, 0, 0)
    } else if item.zip64 {
        (item.crc, u32::MAX, u32::MAX)
    } else {
        (
            item.crc,
            item.packed.len() as u32,
            item.local_size.unwrap_or(item.size as u32),
        )
    };
    [crc, packed, size]
        .iter()
        .for_each(|field| out.extend(field.to_le_bytes()));
    out.extend((name.len() as u16).to_le_bytes());
    let extra = if item.zip64 {
        zip64_field(&[item.size, item.packed.len() as u64])
    } else {
        Vec::new()
    };
    out.extend((extra.len() as u16).to_le_bytes());
    out.extend(name);
    out.extend(extra);
    out
}

fn central(item: &Item, offset: u32) -> Vec<u8> {
    let mut out = b"PK\x01\x02\x14\0\x14\0".to_vec();
    out.extend(item.flags.to_le_bytes());
    out.extend(item.method.to_le_bytes());
    out.extend([0; 4]);
    out.extend(item.crc.to_le_bytes());
    let packed = item.packed.len() as u64;
    let saturated = |value: u64| if item.zip64 { u32::MAX } else { value as u32 };
    out.extend(item.declared_packed.unwrap_or(saturated(packed)).to_le_bytes());
    out.extend(saturated(item.size).to_le_bytes());
    out.extend((item.name.len() as u16).to_le_bytes());
    let extra = if item.zip64 {
        zip64_field(&[item.size, packed, u64::from(offset)])
    } else {
        Vec::new()
    };
    out.extend((extra.len() as u16).to_le_bytes());
    out.extend([0; 10]);
    out.extend(saturated(u64::from(offset)).to_le_bytes());
    out.extend(&item.name);
    out.extend(extra);
    out
}

fn zip64_field(values: &[u64]) -> Vec<u8> {
    let mut out = 1u16.to_le_bytes().to_vec();
    out.extend((8 * values.len() as u16).to_le_bytes());
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
    out
}

fn end64(items: &[Item], start: usize, size: usize, at: usize) -> Vec<u8> {
    let mut out = b"PK\x06\x06".to_vec();
    out.extend(44u64.to_le_bytes());
    out.extend([45, 0, 45, 0]);
    out.extend([0; 8]);
    for value in [items.len(), items.len(), size, start] {
        out.extend((value as u64).to_le_bytes());
    }
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend((at as u64).to_le_bytes());
    out.extend(1u32.to_le_bytes());
    out
}
