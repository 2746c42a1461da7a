//! Digests of what renaming cannot change: which members of the platform a method names and which texts it uses.
//!
//! A digest says nothing about whose code it is; it only equals the digest of the same source compiled and renamed elsewhere.
//! Names of the package's own classes, fields and methods, the order of instructions and registers are not part of it.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::class::MethodDef;
use crate::code::Code;
use crate::mutf8;
use crate::opcode::Refers;
use crate::package::{Package, Part};
use crate::tables::Dex;

/// Methods and texts that all rows may count together.
const MOST_DIGESTS: usize = 2_000_000;
/// Classes with known digests that are told.
const MOST_CLASSES: usize = 20_000;
/// Bits of a digest: few enough for a short catalogue, enough that chance meets of it are rare.
const BITS: u32 = 48;
/// The bit that tells the digest of a method from that of a text.
const OF_METHOD: u64 = 1;
/// Bytes of a text from which it is a digest of its own.
const LONG_TEXT: usize = 8;
/// Bytes of a text that are looked at.
const MOST_TEXT: usize = 1024;

/// Asks which classes hold methods or texts that are known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShapeQuery {
    /// Beginnings of the descriptors of classes that no build renames.
    pub platform: Vec<String>,
    /// Beginnings of descriptors below `platform` that say nothing, since compilers put in and take out calls to them.
    pub ignored: Vec<String>,
    /// Beginnings of the descriptors of classes whose owner is known by name; they are not looked at.
    pub skipped: Vec<String>,
    /// The known digests; none: all digests are told.
    pub known: Option<Vec<u64>>,
}

/// What one Java package has, and which of it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageShape {
    /// Its dotted name; empty for classes without a package.
    pub name: String,
    /// Its classes.
    pub classes: u32,
    /// Distinct digests of its methods and texts.
    pub digests: u32,
    /// The classes that have known digests, by name.
    pub known: Vec<ClassShape>,
}

/// What one class has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassShape {
    /// Its descriptor.
    pub name: String,
    /// Distinct digests of its methods and texts.
    pub digests: u32,
    /// Those of them that are known, as positions in the query; as digests when all were asked for.
    pub hits: Vec<u64>,
}

/// The packages of a group that hold something known, by name, and whether all was looked at.
pub(crate) fn shapes(package: &Package<'_>, query: &ShapeQuery) -> (Vec<PackageShape>, bool) {
    let known: Option<FxHashMap<u64, u64>> = query.known.as_ref().map(|all| {
        let numbered = all.iter().zip(0..);
        numbered.map(|(digest, at)| (*digest, at)).collect()
    });
    let (mut rows, mut left, mut told) = (BTreeMap::new(), MOST_DIGESTS, 0);
    for part in package.parts() {
        Reader::new(part, query).read(&mut rows, &mut left);
    }
    let mut answer = Vec::new();
    for ((_, name), Row { classes, digests }) in rows {
        let mut row = PackageShape {
            name: mutf8::decode(name).replace('/', "."),
            classes: classes.len() as u32,
            digests: digests.len() as u32,
            known: Vec::new(),
        };
        for (class, digests) in classes {
            let hits: Vec<u64> = digests
                .iter()
                .filter_map(|digest| match &known {
                    Some(known) => known.get(digest).copied(),
                    None => Some(*digest),
                })
                .collect();
            if !hits.is_empty() && told < MOST_CLASSES {
                told += 1;
                let (name, digests) = (mutf8::decode(class), digests.len() as u32);
                row.known.push(ClassShape { name, digests, hits });
            }
        }
        if !row.known.is_empty() {
            answer.push(row);
        }
    }
    (answer, left > 0 && told < MOST_CLASSES)
}

#[derive(Default)]
struct Row<'a> {
    classes: BTreeMap<&'a [u8], BTreeSet<u64>>,
    digests: BTreeSet<u64>,
}

type Rows<'a> = BTreeMap<(u32, &'a [u8]), Row<'a>>;

/// What a name adds to a digest; 0 where it adds nothing. Filled in when first asked for.
type Parts = Vec<Option<u64>>;

struct Reader<'q, 'p, 'a> {
    part: &'p Part<'a>,
    query: &'q ShapeQuery,
    budget: u64,
    types: Vec<Option<bool>>,
    methods: Parts,
    fields: Parts,
    strings: Vec<Option<(u64, bool)>>,
}

impl<'q, 'p, 'a> Reader<'q, 'p, 'a> {
    fn new(part: &'p Part<'a>, query: &'q ShapeQuery) -> Self {
        let dex = &part.dex;
        Reader {
            part,
            query,
            budget: dex.budget(),
            types: vec![None; dex.types() as usize],
            methods: vec![None; dex.methods() as usize],
            fields: vec![None; dex.fields() as usize],
            strings: vec![None; dex.strings() as usize],
        }
    }

    fn read(&mut self, rows: &mut Rows<'a>, left: &mut usize) {
        let part = self.part;
        for def in part.live_classes() {
            let class = part.dex.class_def(def);
            let Some(name) = class.and_then(|class| part.dex.descriptor(class.class)) else {
                continue;
            };
            if begins(name, &self.query.skipped) {
                continue;
            }
            let end = memchr::memrchr(b'/', name).unwrap_or(0);
            let place = (part.dex.group(), name.get(1..end).unwrap_or_default());
            let row = rows.entry(place).or_default();
            let class = row.classes.entry(name).or_default();
            for method in part.methods_of(def) {
                for digest in self.digests(method) {
                    if *left == 0 {
                        return;
                    }
                    if class.insert(digest) {
                        *left -= 1;
                        row.digests.insert(digest);
                    }
                }
            }
        }
    }

    /// The digest of the method, when enough is in it, and those of its long texts.
    fn digests(&mut self, method: &MethodDef) -> Vec<u64> {
        let dex = &self.part.dex;
        let mut all = Vec::new();
        let code = (method.code != 0).then(|| Code::parse(dex, method.code).ok());
        let Some(code) = code.flatten() else {
            return all;
        };
        let Some(left) = self.budget.checked_sub(u64::from(code.units())) else {
            return all;
        };
        self.budget = left;
        let mut named: Vec<u64> = Vec::new();
        for insn in code.instructions() {
            match insn.opcode().refers {
                Refers::Method => named.extend(self.method(insn.index)),
                Refers::Field => named.extend(self.field(insn.index)),
                Refers::String => {
                    if let Some((text, long)) = self.string(insn.index) {
                        named.push(text);
                        all.extend(long.then(|| cut(text) & !OF_METHOD));
                    }
                }
                _ => {}
            }
        }
        named.sort_unstable();
        named.dedup();
        if named.len() > 2 || (named.len() == 2 && !all.is_empty()) {
            let mut hash = Hash::new(b'm');
            for each in named {
                hash.add(&each.to_le_bytes());
            }
            self.add_proto(method, &mut hash);
            all.push(cut(hash.end()) | OF_METHOD);
        }
        all
    }

    /// The prototype, with one word for all classes that may be renamed.
    fn add_proto(&mut self, method: &MethodDef, hash: &mut Hash) {
        let dex = &self.part.dex;
        let Some(row) = dex.method(method.method) else {
            return;
        };
        for kind in dex.parameters(row.kind).iter().chain(dex.return_type(row.kind)) {
            let name = dex.descriptor(kind).unwrap_or_default();
            let depth = name.iter().take_while(|byte| **byte == b'[').count();
            let element = &name[depth..];
            let plain = element.first() != Some(&b'L') || begins(element, &self.query.platform);
            hash.add(if plain { name } else { &name[..depth] });
            hash.add(b",");
        }
    }

    /// Whether a class is the platform's and says something.
    fn speaks(&mut self, kind: u32) -> bool {
        let Some(slot) = self.types.get_mut(kind as usize) else {
            return false;
        };
        *slot.get_or_insert_with(|| {
            let name = self.part.dex.descriptor(kind).unwrap_or_default();
            begins(name, &self.query.platform) && !begins(name, &self.query.ignored)
        })
    }

    fn method(&mut self, index: u32) -> Option<u64> {
        let seen = *self.methods.get(index as usize)?;
        let value = match seen {
            Some(value) => value,
            None => {
                let dex = &self.part.dex;
                let row = dex.method(index).filter(|row| self.speaks(row.class));
                let value = row.map_or(0, |row| {
                    let mut hash = Hash::new(b'c');
                    add_name(&mut hash, dex, row.class, row.name);
                    hash.add(dex.proto_text(row.kind).as_bytes());
                    hash.end()
                });
                self.methods[index as usize] = Some(value);
                value
            }
        };
        (value != 0).then_some(value)
    }

    fn field(&mut self, index: u32) -> Option<u64> {
        let seen = *self.fields.get(index as usize)?;
        let value = match seen {
            Some(value) => value,
            None => {
                let dex = &self.part.dex;
                let row = dex.field(index).filter(|row| self.speaks(row.class));
                let value = row.map_or(0, |row| {
                    let mut hash = Hash::new(b'f');
                    add_name(&mut hash, dex, row.class, row.name);
                    hash.end()
                });
                self.fields[index as usize] = Some(value);
                value
            }
        };
        (value != 0).then_some(value)
    }

    /// The digest of a text and whether it is long enough to stand alone.
    fn string(&mut self, index: u32) -> Option<(u64, bool)> {
        let slot = self.strings.get_mut(index as usize)?;
        let (value, long) = *slot.get_or_insert_with(|| {
            let text = self.part.dex.string_start(index, MOST_TEXT).unwrap_or_default();
            let mut hash = Hash::new(b's');
            hash.add(text);
            (hash.end(), text.len() >= LONG_TEXT)
        });
        Some((value, long))
    }
}

fn add_name(hash: &mut Hash, dex: &Dex<'_>, class: u32, name: u32) {
    hash.add(dex.descriptor(class).unwrap_or_default());
    hash.add(b"->");
    hash.add(dex.string_start(name, MOST_TEXT).unwrap_or_default());
}

fn begins(name: &[u8], prefixes: &[String]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix.as_bytes()))
}

fn cut(hash: u64) -> u64 {
    hash >> (u64::BITS - BITS)
}

/// FNV-1a with a last mixing step: the same on every machine and in every version, and quick on short names.
struct Hash(u64);

impl Hash {
    fn new(kind: u8) -> Self {
        let mut hash = Hash(0xcbf2_9ce4_8422_2325);
        hash.add(&[kind]);
        hash
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn end(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).max(1)
    }
}
