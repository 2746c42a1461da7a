//! The tables of one DEX file: checked against the file once, read row by row when asked.

use crate::bytes::{u16_at, u32_at, Cursor};
use crate::fault::{Fault, Faults};
use crate::header::{Header, HEADER_BYTES};
use crate::mutf8;

/// No row of a table: the index that DEX uses for "none".
pub const NO_INDEX: u32 = u32::MAX;

/// Rows beyond these cannot be referred to: every index but that of a string has 16 bits.
const MOST_ROWS: u32 = 1 << 16;
/// Longest descriptor or name of a member read, in bytes; Java stops at 65,535 and people far below. Looking for the end of
/// one happens for every call of every method, so it must not cost a mebibyte.
const MOST_NAME: usize = 4096;
/// Most parameters read of a prototype.
const MOST_PARAMETERS: usize = 255;
/// Longest string read, in bytes.
const MOST_STRING: usize = 1 << 20;

/// Name and row size in bytes, in the order of the header.
const TABLES: [(&str, usize); 6] = [
    ("string_ids", 4),
    ("type_ids", 4),
    ("proto_ids", 12),
    ("field_ids", 8),
    ("method_ids", 8),
    ("class_defs", 32),
];

/// A row of the field or method table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Type index of the class.
    pub class: u32,
    /// Type index of a field, proto index of a method.
    pub kind: u32,
    /// String index of the name.
    pub name: u32,
}

/// A row of the table of class definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassDef {
    /// Type index of the class.
    pub class: u32,
    /// Access flags.
    pub access: u32,
    /// Type index of the superclass, or `NO_INDEX`.
    pub superclass: u32,
    /// Offset of the list of interfaces, or 0.
    pub interfaces: u32,
    /// String index of the source file, or `NO_INDEX`.
    pub source_file: u32,
    /// Offset of the members, or 0.
    pub data: u32,
    /// Offset of the initial values of static fields, or 0.
    pub static_values: u32,
}

/// One DEX file (or one header of a container).
#[derive(Clone, Debug)]
pub struct Dex<'a> {
    path: String,
    group: u32,
    header: Header,
    bytes: &'a [u8],
    budget: u64,
    tables: [&'a [u8]; 6],
    call_sites: &'a [u8],
    method_handles: &'a [u8],
}

impl<'a> Dex<'a> {
    /// Lays the tables of `header`, one of `sharers` headers of the file, over `bytes`. A table that reaches outside is cut
    /// to the rows inside.
    pub(crate) fn new(
        (path, group): (String, u32),
        bytes: &'a [u8],
        (header, sharers): (Header, usize),
        faults: &mut Faults,
    ) -> Self {
        let size = bytes.len() as u64;
        let budget = match sharers {
            0 | 1 => size.saturating_mul(4),
            // Data may be shared, so a header has more to read than what lies behind it.
            _ => {
                size.min(u64::from(header.file_size)).saturating_mul(4)
                    + size.saturating_mul(16) / sharers as u64
            }
        };
        let mut tables: [&[u8]; 6] = [&[]; 6];
        for ((slot, extent), (name, row)) in tables.iter_mut().zip(header.tables).zip(TABLES) {
            let most = if name == "string_ids" {
                extent.count
            } else {
                extent.count.min(MOST_ROWS)
            };
            *slot = table(bytes, extent.offset, most, row);
            if slot.len() as u64 != u64::from(extent.count) * row as u64 {
                let what =
                    format!("The table {name} is larger than its file or its index; what fits is read.");
                faults.push(|| Fault::new(format!("dex:{path}"), "table_outside", what));
            }
        }
        let mut dex = Dex {
            path,
            group,
            header,
            bytes,
            budget,
            tables,
            call_sites: &[],
            method_handles: &[],
        };
        dex.read_map();
        dex.report_overlap(faults);
        dex.report_dangling(faults);
        dex
    }

    fn read_map(&mut self) {
        let map = self.header.map_offset as usize;
        let Some(count) = u32_at(self.bytes, map).filter(|_| map != 0) else {
            return;
        };
        for row in 0..count.min(64) as usize {
            let at = map + 4 + row * 12;
            let (Some(kind), Some(size), Some(offset)) = (
                u16_at(self.bytes, at),
                u32_at(self.bytes, at + 4),
                u32_at(self.bytes, at + 8),
            ) else {
                return;
            };
            match kind {
                7 => self.call_sites = table(self.bytes, offset, size.min(MOST_ROWS), 4),
                8 => self.method_handles = table(self.bytes, offset, size.min(MOST_ROWS), 8),
                _ => {}
            }
        }
    }

    fn report_overlap(&self, faults: &mut Faults) {
        let head = (
            self.header.start as u64,
            (self.header.start + HEADER_BYTES) as u64,
            "header",
        );
        let mut spans = vec![head];
        for ((rows, extent), (name, _)) in self.tables.iter().zip(self.header.tables).zip(TABLES) {
            if !rows.is_empty() {
                spans.push((
                    u64::from(extent.offset),
                    u64::from(extent.offset) + rows.len() as u64,
                    name,
                ));
            }
        }
        spans.sort_unstable();
        for pair in spans.windows(2) {
            if pair[0].1 > pair[1].0 {
                let what = format!("The tables {} and {} overlap.", pair[0].2, pair[1].2);
                faults.push(|| Fault::new(format!("dex:{}", self.path), "tables_overlap", what));
            }
        }
    }

    /// Says how many rows refer to rows or bytes that do not exist: a call through one has no name, so nobody would find it.
    fn report_dangling(&self, faults: &mut Faults) {
        let file = self.bytes.len() as u64;
        let [strings, types, protos] = [self.strings(), self.types(), self.protos()].map(u64::from);
        let narrow = |row: &[u8], at| u16_at(row, at).map(u64::from);
        let wide = |row: &[u8], at| u32_at(row, at).map(u64::from);
        let within = |index: Option<u64>, end| index.is_some_and(|index| index < end);
        let member = |row: &[u8], kinds| {
            within(narrow(row, 0), types) && within(narrow(row, 2), kinds) && within(wide(row, 4), strings)
        };
        let mut left = usize::try_from(self.budget).unwrap_or(usize::MAX);
        for (table, (name, size)) in TABLES.into_iter().enumerate() {
            let sound = |row: &[u8]| match name {
                "string_ids" => within(wide(row, 0), file),
                "type_ids" => within(wide(row, 0), strings),
                "proto_ids" => {
                    within(wide(row, 0), strings) && within(wide(row, 4), types) && within(wide(row, 8), file)
                }
                "field_ids" => member(row, types),
                "method_ids" => member(row, protos),
                _ => true,
            };
            let rows = self.tables[table].chunks_exact(size).take(left);
            left -= rows.len();
            let dangling = rows.filter(|row| !sound(row)).count();
            if dangling > 0 {
                let what = format!("{dangling} rows of {name} refer to what is not in the file.");
                faults.push(|| Fault::new(format!("dex:{}", self.path), "row_dangles", what));
            }
        }
        if left == 0 {
            let what = "The headers of this container share more rows than the file could hold.";
            faults.push(|| Fault::new(format!("dex:{}", self.path), "tables_overlap", what));
        }
    }

    /// The path inside the package.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The group of DEX files whose classes see each other; 0 is the app itself.
    pub fn group(&self) -> u32 {
        self.group
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many bytes, code units or rows one pass over this DEX may look at: parts that share bytes would otherwise cost
    /// the square of the file's size.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// The whole file, or container.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn rows(&self, table: usize) -> u32 {
        (self.tables[table].len() / TABLES[table].1) as u32
    }

    fn row(&self, table: usize, index: u32) -> Option<&'a [u8]> {
        let size = TABLES[table].1;
        let at = (index as usize).checked_mul(size)?;
        self.tables[table].get(at..at.checked_add(size)?)
    }

    /// Number of strings.
    pub fn strings(&self) -> u32 {
        self.rows(0)
    }

    /// Number of types.
    pub fn types(&self) -> u32 {
        self.rows(1)
    }

    /// Number of prototypes.
    pub fn protos(&self) -> u32 {
        self.rows(2)
    }

    /// Number of fields referred to.
    pub fn fields(&self) -> u32 {
        self.rows(3)
    }

    /// Number of methods referred to.
    pub fn methods(&self) -> u32 {
        self.rows(4)
    }

    /// Number of classes defined, shadowed ones included.
    pub fn class_defs(&self) -> u32 {
        self.rows(5)
    }

    /// Number of call sites of `invoke-custom`.
    pub fn call_sites(&self) -> u32 {
        (self.call_sites.len() / 4) as u32
    }

    /// Number of method handles.
    pub fn method_handles(&self) -> u32 {
        (self.method_handles.len() / 8) as u32
    }

    /// The first `most` bytes that may belong to a string, whatever follows its end.
    fn string_bytes(&self, index: u32, most: usize) -> Option<&'a [u8]> {
        let offset = u32_at(self.row(0, index)?, 0)? as usize;
        let mut start = offset;
        while self.bytes.get(start)? & 0x80 != 0 && start - offset < 4 {
            start += 1;
        }
        let text = self.bytes.get(start + 1..)?;
        Some(&text[..text.len().min(most)])
    }

    /// A string as MUTF-8, without its closing NUL; else how many bytes were looked through for its end.
    pub(crate) fn whole_string(&self, index: u32) -> Result<&'a [u8], usize> {
        let text = self.string_bytes(index, MOST_STRING).ok_or(0usize)?;
        memchr::memchr(0, text).map(|end| &text[..end]).ok_or(text.len())
    }

    /// A string as MUTF-8, cut behind `most` bytes: reading it costs no more than that.
    pub fn string_start(&self, index: u32, most: usize) -> Option<&'a [u8]> {
        let text = self.string_bytes(index, most)?;
        Some(&text[..memchr::memchr(0, text).unwrap_or(text.len())])
    }

    /// A string that is the name of a class or member, as MUTF-8; `None` when it is longer than any name.
    pub fn name(&self, index: u32) -> Option<&'a [u8]> {
        let text = self.string_bytes(index, MOST_NAME + 1)?;
        Some(&text[..memchr::memchr(0, text)?])
    }

    /// The descriptor of a type, such as `La/B;`.
    pub fn descriptor(&self, index: u32) -> Option<&'a [u8]> {
        self.name(u32_at(self.row(1, index)?, 0)?)
    }

    /// Whether values of a type take two registers.
    pub fn is_wide(&self, kind: u32) -> bool {
        let string = self.row(1, kind).and_then(|row| u32_at(row, 0));
        let start = string.and_then(|string| self.string_bytes(string, 2));
        matches!(start, Some(b"J\0" | b"D\0"))
    }

    /// Return type and offset of the parameters of a prototype.
    fn proto(&self, index: u32) -> Option<(u32, u32)> {
        let row = self.row(2, index)?;
        Some((u32_at(row, 4)?, u32_at(row, 8)?))
    }

    /// The type index that a prototype returns.
    pub fn return_type(&self, proto: u32) -> Option<u32> {
        Some(self.proto(proto)?.0)
    }

    /// The type indexes of the parameters of a prototype (at most 255, as a frame has no room for more).
    pub fn parameters(&self, proto: u32) -> TypeList<'a> {
        let all = self
            .proto(proto)
            .map_or(TypeList(&[]), |(_, offset)| self.type_list(offset));
        TypeList(all.0.get(..MOST_PARAMETERS * 2).unwrap_or(all.0))
    }

    /// The list of types at `offset`, empty when there is none or it reaches outside.
    pub(crate) fn type_list(&self, offset: u32) -> TypeList<'a> {
        let at = offset as usize;
        let count = u32_at(self.bytes, at)
            .filter(|_| offset != 0)
            .unwrap_or(0)
            .min(0xffff) as usize;
        TypeList(
            self.bytes
                .get(at.saturating_add(4)..)
                .and_then(|list| list.get(..count * 2))
                .unwrap_or_default(),
        )
    }

    /// A row of the field table.
    pub fn field(&self, index: u32) -> Option<Member> {
        self.member(3, index)
    }

    /// A row of the method table.
    pub fn method(&self, index: u32) -> Option<Member> {
        self.member(4, index)
    }

    fn member(&self, table: usize, index: u32) -> Option<Member> {
        let row = self.row(table, index)?;
        Some(Member {
            class: u32::from(u16_at(row, 0)?),
            kind: u32::from(u16_at(row, 2)?),
            name: u32_at(row, 4)?,
        })
    }

    /// A row of the table of class definitions.
    pub fn class_def(&self, index: u32) -> Option<ClassDef> {
        let row = self.row(5, index)?;
        Some(ClassDef {
            class: u32_at(row, 0)?,
            access: u32_at(row, 4)?,
            superclass: u32_at(row, 8)?,
            interfaces: u32_at(row, 12)?,
            source_file: u32_at(row, 16)?,
            data: u32_at(row, 24)?,
            static_values: u32_at(row, 28)?,
        })
    }

    /// Offset of the encoded array of a call site.
    pub(crate) fn call_site(&self, index: u32) -> Option<u32> {
        u32_at(self.call_sites, (index as usize).checked_mul(4)?)
    }

    /// The method a method handle invokes; `None` for handles that access a field.
    pub fn handle_method(&self, index: u32) -> Option<u32> {
        let at = (index as usize).checked_mul(8)?;
        let kind = u16_at(self.method_handles, at)?;
        u16_at(self.method_handles, at + 4)
            .filter(|_| kind >= 4)
            .map(u32::from)
    }

    /// A name as text; empty when it cannot be read.
    pub fn text(&self, string: u32) -> String {
        self.name(string).map(mutf8::decode).unwrap_or_default()
    }

    /// A type as text; `?` when it cannot be read.
    pub fn type_text(&self, index: u32) -> String {
        self.descriptor(index)
            .map_or_else(|| "?".to_owned(), mutf8::decode)
    }

    /// A prototype as text, `(I)V`.
    pub fn proto_text(&self, index: u32) -> String {
        let mut text = String::from("(");
        for parameter in self.parameters(index).iter() {
            text.push_str(&self.type_text(parameter));
        }
        text.push(')');
        text.push_str(
            &self
                .return_type(index)
                .map_or_else(|| "?".to_owned(), |kind| self.type_text(kind)),
        );
        text
    }

    /// A method as text, `La/B;->c(I)V`.
    pub fn method_text(&self, index: u32) -> String {
        self.method(index).map_or_else(
            || format!("method@{index}"),
            |row| {
                format!(
                    "{}->{}{}",
                    self.type_text(row.class),
                    self.text(row.name),
                    self.proto_text(row.kind)
                )
            },
        )
    }

    /// A field as text, `La/B;->c:I`.
    pub fn field_text(&self, index: u32) -> String {
        self.field(index).map_or_else(
            || format!("field@{index}"),
            |row| {
                format!(
                    "{}->{}:{}",
                    self.type_text(row.class),
                    self.text(row.name),
                    self.type_text(row.kind)
                )
            },
        )
    }

    /// A cursor at a byte offset of the file.
    pub(crate) fn cursor(&self, offset: u32) -> Cursor<'a> {
        Cursor::new(self.bytes, offset as usize)
    }
}

fn table(bytes: &[u8], offset: u32, count: u32, row: usize) -> &[u8] {
    let rest = bytes.get(offset as usize..).unwrap_or_default();
    let rows = (count as usize).min(rest.len() / row);
    &rest[..rows * row]
}

/// A list of type indexes in the file.
#[derive(Clone, Copy, Debug)]
pub struct TypeList<'a>(&'a [u8]);

impl<'a> TypeList<'a> {
    /// Number of types.
    pub fn len(&self) -> usize {
        self.0.len() / 2
    }

    /// Whether the list has no type.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The types in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + 'a {
        self.0
            .chunks_exact(2)
            .map(|unit| u32::from(u16::from_le_bytes([unit[0], unit[1]])))
    }
}
