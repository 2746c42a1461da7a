/// What reading one package may cost. Every limit is enforced on what really comes out, never on a declared size.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Entries of one archive.
    pub entries: usize,
    /// Bytes of one central directory.
    pub directory_bytes: usize,
    /// Bytes of one entry, inflated.
    pub entry_bytes: usize,
    /// Inflated bytes per packed byte, after the first MiB of output.
    pub ratio: usize,
    /// Inflated bytes of everything together.
    pub total_bytes: usize,
    /// Archives inside archives.
    pub depth: usize,
    /// Bytes of one entry name.
    pub name_bytes: usize,
    /// Strings of one string pool or string table.
    pub strings: usize,
    /// Elements of one XML document.
    pub nodes: usize,
    /// Nesting of one XML document.
    pub xml_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 65_535,
            directory_bytes: 64 << 20,
            entry_bytes: 512 << 20,
            ratio: 200,
            total_bytes: 2 << 30,
            depth: 3,
            name_bytes: 4096,
            strings: 4_000_000,
            nodes: 1_000_000,
            xml_depth: 256,
        }
    }
}
