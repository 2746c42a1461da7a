//! `resources.arsc`, read as Android's `LoadedArsc` reads it.

use std::collections::HashMap;

use super::chunk::{size_at, u16_at, u32_at, u8_at, Chunk};
use super::config::Config;
use super::pool::{self, Pool};
use super::table::{Entries, Item, Package, Table, Type, Variant, MOST_PACKAGES, MOST_VARIANTS};
use super::text::Text;
use super::value::Value;
use crate::{Code, Error, FaultLog, Limits};

const TABLE: u16 = 0x0002;
const PACKAGE: u16 = 0x0200;
const TYPE: u16 = 0x0201;
const TYPE_SPEC: u16 = 0x0202;
/// Library, overlayable, overlayable policy, staged alias.
const PASSED_OVER: std::ops::RangeInclusive<u16> = 0x0203..=0x0206;

const NO_ENTRY: u32 = u32::MAX;
const SPARSE: u8 = 1;
const OFFSET16: u8 = 2;
const COMPLEX: u16 = 1;
const COMPACT: u16 = 8;

/// Parts of one bag beyond this many are left out.
const MOST_PARTS: usize = 4096;
/// And text of one beyond this many bytes.
const MOST_PART_BYTES: usize = 4 << 20;

/// The values of one type in one configuration.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeChunk<'a> {
    data: &'a [u8],
    header: usize,
    count: usize,
    entries: usize,
    layout: Layout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Dense,
    Offset16,
    Sparse,
}

#[derive(Default)]
struct Log {
    anomalies: FaultLog,
    faults: FaultLog,
}

struct Chunks<'a> {
    data: &'a [u8],
    at: usize,
    broken: bool,
}

impl<'a> Chunks<'a> {
    fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at,
            broken: false,
        }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (Chunk, &'a [u8], usize);

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken || self.at >= self.data.len() {
            return None;
        }
        let chunk = Chunk::at(self.data, self.at, 8, self.data.len());
        self.broken = chunk.is_none();
        let chunk = chunk?;
        let at = self.at;
        self.at += chunk.size;
        Some((chunk, &self.data[at..at + chunk.size], at))
    }
}

pub(super) fn table<'a>(data: &'a [u8], limits: &Limits) -> Result<Table<'a>, Error> {
    let bad = |what: &str| Error::new(Code::Unreadable, what, "");
    let whole =
        Chunk::at(data, 0, 12, data.len()).ok_or_else(|| bad("the resource table's header is wrong"))?;
    if whole.kind != TABLE {
        return Err(bad("not a resource table"));
    }
    let mut log = Log::default();
    if whole.size < data.len() {
        log.anomalies.push(
            "",
            "table_trailing_bytes",
            format!("{} bytes follow the table", data.len() - whole.size),
        );
    }
    let mut strings = None;
    let mut found = Vec::new();
    let mut chunks = Chunks::new(&data[..whole.size], whole.header);
    for (chunk, bytes, at) in chunks.by_ref() {
        match chunk.kind {
            pool::KIND if strings.is_none() => strings = Some(Pool::parse(bytes, limits)?),
            pool::KIND => {
                log.anomalies.push(
                    place(at),
                    "string_pool_repeated",
                    "there are several string pools; the first one counts",
                );
            }
            PACKAGE => found.push((bytes, at)),
            kind => log.anomalies.push(
                place(at),
                "table_unknown_chunk",
                format!("a chunk of the type {kind:#06x} was skipped"),
            ),
        }
    }
    if chunks.broken {
        log.faults.push(
            place(chunks.at),
            "table_damaged",
            "a chunk is damaged; the rest of the table was not read",
        );
    }
    let declared = size_at(data, 8).unwrap_or(0);
    if declared != found.len() {
        let what = format!("the table declares {declared} packages and has {}", found.len());
        log.anomalies.push("", "package_count", what);
    }
    let mut packages = Vec::new();
    if found.len() > MOST_PACKAGES {
        let what = format!("packages beyond the first {MOST_PACKAGES} were left out");
        log.faults.push("", "package_limit", what);
    }
    for (bytes, at) in found.iter().take(MOST_PACKAGES) {
        match package((bytes, *at), strings, &mut log, limits) {
            Some(package) => packages.push(package),
            None => log.faults.push(
                place(*at),
                "package_damaged",
                "a package of the resource table cannot be read",
            ),
        }
    }
    if packages.is_empty() && !found.is_empty() {
        return Err(bad("the resource table has no package that can be read"));
    }
    Ok(Table {
        packages,
        anomalies: log.anomalies.finish(),
        faults: log.faults.finish(),
    })
}

fn place(at: usize) -> String {
    format!("resources.arsc#{at}")
}

fn package<'a>(
    (data, base): (&'a [u8], usize),
    strings: Option<Pool<'a>>,
    log: &mut Log,
    limits: &Limits,
) -> Option<Package<'a>> {
    const HEADER: usize = 284;
    let chunk = Chunk::at(data, 0, HEADER, data.len())?;
    let id = u32_at(data, 8)?;
    let types_at = size_at(data, 268)?;
    let keys_at = size_at(data, 276)?;
    let type_offset = if chunk.header >= 288 {
        size_at(data, 284)?
    } else {
        0
    };
    let (mut type_names, mut keys): (Option<Pool<'a>>, Option<Pool<'a>>) = (None, None);
    let mut declared: HashMap<u8, usize> = HashMap::new();
    let mut variants: Vec<(u8, Variant<'a>)> = Vec::new();
    let mut chunks = Chunks::new(data, chunk.header);
    for (chunk, bytes, at) in chunks.by_ref() {
        match chunk.kind {
            pool::KIND if at == types_at => type_names = Pool::parse(bytes, limits).ok(),
            pool::KIND if at == keys_at => keys = Pool::parse(bytes, limits).ok(),
            pool::KIND => log.anomalies.push(
                place(base + at),
                "string_pool_repeated",
                "a string pool that nothing points to",
            ),
            TYPE_SPEC => {
                if let (Some(id), Some(count)) = (u8_at(bytes, 8), size_at(bytes, 12)) {
                    if declared.insert(id, count).is_some() {
                        log.anomalies.push(
                            place(base + at),
                            "type_spec_repeated",
                            format!("type {id} is declared twice"),
                        );
                    }
                }
            }
            TYPE => match type_chunk(chunk, bytes) {
                Some((id, variant, count)) => {
                    match declared.get(&id) {
                        Some(known) if *known >= count => {}
                        _ => log.anomalies.push(
                            place(base + at),
                            "type_spec_mismatch",
                            format!("type {id} has more entries here than it declares"),
                        ),
                    }
                    variants.push((id, variant));
                }
                None => log.faults.push(
                    place(base + at),
                    "type_damaged",
                    "the values of one configuration cannot be read",
                ),
            },
            kind if PASSED_OVER.contains(&kind) => {}
            kind => log.anomalies.push(
                place(base + at),
                "table_unknown_chunk",
                format!("a chunk of the type {kind:#06x} was skipped"),
            ),
        }
    }
    if chunks.broken {
        log.faults.push(
            place(base + chunks.at),
            "package_damaged",
            "a chunk is damaged; the rest of the package was not read",
        );
    }
    let type_names = type_names?;
    if keys.is_none() {
        log.faults.push(
            place(base),
            "key_strings",
            "the names of the resources cannot be read",
        );
    }
    let types = types(variants, (&type_names, type_offset), base, log);
    Some(Package {
        id,
        types,
        strings,
        keys,
    })
}

/// Puts the variants of each type together. `names` has those of the types, `offset` the number of ids before the first.
fn types<'a>(
    variants: Vec<(u8, Variant<'a>)>,
    (names, offset): (&Pool<'a>, usize),
    base: usize,
    log: &mut Log,
) -> Vec<Type<'a>> {
    let mut types: Vec<Type<'a>> = Vec::new();
    for (id, variant) in variants {
        if let Some(known) = types.iter_mut().find(|known| known.id == id) {
            if known.variants.len() < MOST_VARIANTS {
                known.variants.push(variant);
            } else {
                log.faults.push(
                    place(base),
                    "variant_limit",
                    "configurations beyond the first 1024 of a type were left out",
                );
            }
            continue;
        }
        let index = usize::from(id)
            .checked_sub(1)
            .and_then(|index| index.checked_sub(offset));
        let name = index.and_then(|index| names.get(u32::try_from(index).ok()?));
        let name = name.unwrap_or_else(|| Text::from(format!("{id:#04x}")));
        types.push(Type {
            id,
            name,
            variants: vec![variant],
            names: HashMap::new(),
        });
    }
    types
}

fn type_chunk<'a>(chunk: Chunk, data: &'a [u8]) -> Option<(u8, Variant<'a>, usize)> {
    let id = u8_at(data, 8).filter(|id| *id != 0)?;
    let flags = u8_at(data, 9)?;
    let count = size_at(data, 12)?;
    let entries = size_at(data, 16)?;
    let config = Config::from_bytes(data.get(..chunk.header)?, 20)?;
    let (layout, width) = match flags {
        flags if flags & SPARSE != 0 => (Layout::Sparse, 4),
        flags if flags & OFFSET16 != 0 => (Layout::Offset16, 2),
        _ => (Layout::Dense, 4),
    };
    let offsets_end = count.checked_mul(width)?.checked_add(chunk.header)?;
    if offsets_end > entries || entries > chunk.size || entries & 3 != 0 {
        return None;
    }
    let highest = if layout == Layout::Sparse { 0 } else { count };
    let chunk = TypeChunk {
        data,
        header: chunk.header,
        count,
        entries,
        layout,
    };
    Some((id, Variant::new(config, Entries::Chunk(chunk)), highest))
}

impl<'a> TypeChunk<'a> {
    /// The numbers of the entries that have a value here.
    pub fn numbers(&self) -> impl Iterator<Item = u16> + '_ {
        let count = self.count.min(usize::from(u16::MAX) + 1);
        (0..count).filter_map(|at| match self.layout {
            Layout::Sparse => u16_at(self.data, self.header + at * 4),
            _ => u16::try_from(at)
                .ok()
                .filter(|number| self.start(*number).is_some()),
        })
    }

    /// Where an entry starts.
    fn start(&self, number: u16) -> Option<usize> {
        let at = usize::from(number);
        let offset = match self.layout {
            Layout::Sparse => {
                let offset_at = self.sparse_offset(number)?;
                usize::from(u16_at(self.data, offset_at)?) * 4
            }
            _ if at >= self.count => return None,
            Layout::Offset16 => match u16_at(self.data, self.header + at * 2)? {
                u16::MAX => return None,
                offset => usize::from(offset) * 4,
            },
            Layout::Dense => match u32_at(self.data, self.header + at * 4)? {
                NO_ENTRY => return None,
                offset => usize::try_from(offset).ok().filter(|offset| offset & 3 == 0)?,
            },
        };
        let start = self.entries.checked_add(offset)?;
        (start.checked_add(8)? <= self.data.len()).then_some(start)
    }

    /// Where the offset of a sparse entry stands: Android searches by halves, so what is out of order is not found.
    fn sparse_offset(&self, number: u16) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if u16_at(self.data, self.header + middle * 4)? < number {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let at = self.header + low * 4;
        (low < self.count && u16_at(self.data, at)? == number).then_some(at + 2)
    }

    /// The index of an entry's name in the package's key strings.
    pub fn key(&self, number: u16) -> Option<u32> {
        let start = self.start(number)?;
        if u16_at(self.data, start + 2)? & COMPACT != 0 {
            return u16_at(self.data, start).map(u32::from);
        }
        u32_at(self.data, start + 4)
    }

    pub fn item(&self, number: u16, strings: Option<&Pool<'a>>) -> Option<Item<'a>> {
        let strings = strings?;
        let start = self.start(number)?;
        let size = usize::from(u16_at(self.data, start)?);
        let flags = u16_at(self.data, start + 2)?;
        if flags & COMPACT != 0 {
            let kind = (flags >> 8) as u8;
            return Value::from_typed(kind, u32_at(self.data, start + 4)?, |index| strings.get(index))
                .map(Item::Value);
        }
        if size < 8 {
            return None;
        }
        if flags & COMPLEX != 0 {
            return self.bag(start, size, strings);
        }
        self.value(start + size, strings).map(Item::Value)
    }

    /// The `Res_value` at `at`.
    fn value(&self, at: usize, strings: &Pool<'a>) -> Option<Value<'a>> {
        if u16_at(self.data, at)? < 8 {
            return None;
        }
        Value::from_typed(u8_at(self.data, at + 3)?, u32_at(self.data, at + 4)?, |index| {
            strings.get(index)
        })
    }

    fn bag(&self, start: usize, size: usize, strings: &Pool<'a>) -> Option<Item<'a>> {
        let count = size_at(self.data, start + 12)?.min(MOST_PARTS);
        let (mut parts, mut bytes) = (Vec::new(), 0usize);
        for at in (0..count).map(|number| start + size + number * 12) {
            let Some(name) = u32_at(self.data, at) else { break };
            let Some(value) = self.value(at + 4, strings) else {
                continue;
            };
            bytes = bytes.saturating_add(value.as_text().map_or(0, str::len));
            if bytes > MOST_PART_BYTES {
                break;
            }
            parts.push((name, value));
        }
        Some(Item::Bag(parts))
    }
}
