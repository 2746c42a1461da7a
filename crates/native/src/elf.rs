//! The dynamic symbols of an ELF library, found as Android's linker finds them: by program headers and `PT_DYNAMIC`. Section
//! headers are not looked at, because packers damage them and nothing at run time notices.

use object::elf;
use object::pod::slice_from_bytes;
use object::read::elf::{Dyn, FileHeader, GnuHashTable, HashTable, ProgramHeader, Sym};
use object::FileKind;

/// Code of a compiler has about 6 bits per byte; compressed or encrypted code more than this.
const DENSE: f64 = 7.6;
const SAMPLE: usize = 1 << 20;
const SYMBOLS_MAX: usize = 1_000_000;
const NAME_MAX: usize = 1024;
/// Bytes of all names; symbols of a hostile library may share one long name.
const NAMES_MAX: usize = 64 << 20;

/// What one library shows without being run.
#[derive(Debug, Default)]
pub struct Library {
    /// Names it takes from other libraries.
    pub imports: Vec<String>,
    /// Names it offers.
    pub exports: Vec<String>,
    /// Its code looks compressed or encrypted, or UPX says that it is.
    pub packed: bool,
}

/// Reads a library; none when it is no ELF or its dynamic table cannot be read.
pub fn read(data: &[u8]) -> Option<Library> {
    let mut library = match FileKind::parse(data).ok()? {
        FileKind::Elf32 => Image::<elf::FileHeader32<object::Endianness>>::open(data)?.library()?,
        FileKind::Elf64 => Image::<elf::FileHeader64<object::Endianness>>::open(data)?.library()?,
        _ => return None,
    };
    library.packed |= has_upx_mark(data);
    Some(library)
}

/// UPX leaves its mark in a header near the start and in one at the very end.
fn has_upx_mark(data: &[u8]) -> bool {
    let ends = [data.get(..4096), data.get(data.len().saturating_sub(4096)..)];
    ends.into_iter()
        .flatten()
        .any(|end| end.windows(4).any(|bytes| bytes == b"UPX!"))
}

struct Image<'a, Elf: FileHeader> {
    data: &'a [u8],
    endian: Elf::Endian,
    segments: &'a [Elf::ProgramHeader],
}

impl<'a, Elf: FileHeader> Image<'a, Elf> {
    fn open(data: &'a [u8]) -> Option<Self> {
        let header = Elf::parse(data).ok()?;
        let endian = header.endian().ok()?;
        let segments = header.program_headers(endian, data).ok()?;
        Some(Self {
            data,
            endian,
            segments,
        })
    }

    fn library(&self) -> Option<Library> {
        let dynamic = self
            .segments
            .iter()
            .find_map(|segment| segment.dynamic(self.endian, self.data).ok().flatten())?;
        let value = |tag: elf::DynamicTag| {
            let entry = dynamic.iter().find(|entry| entry.tag(self.endian) == tag)?;
            Some(entry.val(self.endian))
        };
        let names_at = value(elf::DT_STRTAB)?;
        let symbols_at = value(elf::DT_SYMTAB)?;
        let names = self.at(names_at)?;
        let names = value(elf::DT_STRSZ)
            .and_then(|size| usize::try_from(size).ok())
            .and_then(|size| names.get(..size))
            .unwrap_or(names);
        let bytes = self.at(symbols_at)?;
        let size = size_of::<Elf::Sym>();
        let count = self
            .hashed_count(value(elf::DT_HASH), value(elf::DT_GNU_HASH))
            .or_else(|| {
                usize::try_from(names_at.checked_sub(symbols_at)?)
                    .ok()?
                    .checked_div(size)
            })
            .unwrap_or(usize::MAX)
            .min(bytes.len().checked_div(size)?)
            .min(SYMBOLS_MAX);
        let (symbols, _) = slice_from_bytes::<Elf::Sym>(bytes, count).ok()?;
        let mut library = Library {
            packed: self.dense_code(),
            ..Library::default()
        };
        let mut left = NAMES_MAX;
        for symbol in symbols {
            let Some(name) = name(names, symbol.st_name(self.endian)) else {
                continue;
            };
            left = left.checked_sub(name.len())?;
            if symbol.is_undefined(self.endian) {
                library.imports.push(name);
            } else {
                library.exports.push(name);
            }
        }
        Some(library)
    }

    fn hashed_count(&self, plain: Option<u64>, gnu: Option<u64>) -> Option<usize> {
        let plain = || {
            HashTable::<Elf>::parse(self.endian, self.at(plain?)?)
                .ok()
                .map(|table| table.symbol_table_length())
        };
        let gnu = || {
            let table = GnuHashTable::<Elf>::parse(self.endian, self.at(gnu?)?).ok()?;
            // A library that only imports has an empty table, whose base is then the number of symbols.
            table
                .symbol_table_length(self.endian)
                .or(Some(table.symbol_base()).filter(|&base| base > 0))
        };
        plain().or_else(gnu).and_then(|count| usize::try_from(count).ok())
    }

    /// The bytes of the file that are loaded at an address, up to the end of their segment.
    fn at(&self, address: u64) -> Option<&'a [u8]> {
        self.segments
            .iter()
            .filter(|segment| segment.p_type(self.endian) == elf::PT_LOAD)
            .find_map(|segment| {
                let start: u64 = segment.p_vaddr(self.endian).into();
                let skip = usize::try_from(address.checked_sub(start)?).ok()?;
                segment
                    .data(self.endian, self.data)
                    .ok()?
                    .get(skip..)
                    .filter(|rest| !rest.is_empty())
            })
    }

    fn dense_code(&self) -> bool {
        self.segments
            .iter()
            .filter(|segment| {
                segment.p_type(self.endian) == elf::PT_LOAD
                    && segment.p_flags(self.endian).contains(elf::PF_X)
            })
            .filter_map(|segment| segment.data(self.endian, self.data).ok())
            .map(|code| code.get(..SAMPLE).unwrap_or(code))
            .any(|code| code.len() >= 4096 && apk::payload::entropy(code) > DENSE)
    }
}

fn name(names: &[u8], start: u32) -> Option<String> {
    let rest = names.get(usize::try_from(start).ok()?..)?;
    let text = rest
        .get(..NAME_MAX)
        .unwrap_or(rest)
        .split(|&byte| byte == 0)
        .next()?;
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The running test program: an ELF file that a linker made, with symbols from the C library.
    fn program() -> Vec<u8> {
        std::env::current_exe()
            .and_then(std::fs::read)
            .unwrap_or_default()
    }

    #[test]
    fn a_linked_program_imports_from_the_c_library() {
        let library = read(&program()).unwrap_or_default();
        assert!(library
            .imports
            .iter()
            .any(|name| name == "__libc_start_main" || name == "memcpy"));
        assert!(!library.packed);
    }

    #[test]
    fn what_is_no_elf_is_not_read() {
        assert!(read(b"").is_none());
        assert!(read(b"\x7fELF").is_none());
        assert!(read(b"PK\x03\x04 not a library").is_none());
    }

    #[test]
    fn a_cut_or_damaged_header_never_panics() {
        let whole = program();
        let head = &whole[..whole.len().min(1 << 16)];
        for end in (0..head.len()).step_by(64) {
            read(&head[..end]);
        }
        let mut damaged = head.to_vec();
        for at in 0..damaged.len().min(1024) {
            for bit in 0..8 {
                damaged[at] ^= 1 << bit;
                read(&damaged);
                damaged[at] ^= 1 << bit;
            }
        }
    }

    #[test]
    fn the_mark_of_upx_is_found_at_either_end() {
        let mut data = vec![0; 20_000];
        assert!(!has_upx_mark(&data));
        data[200..204].copy_from_slice(b"UPX!");
        assert!(has_upx_mark(&data));
        data[200] = 0;
        data[19_990..19_994].copy_from_slice(b"UPX!");
        assert!(has_upx_mark(&data));
    }
}
