use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Code, Error};

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

/// [`Limits`] and how much of the total output is left. One budget covers one question asked of a package, whatever number
/// of archives and threads that question touches.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    left: AtomicU64,
}

impl Budget {
    /// A budget of which nothing is spent.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            left: AtomicU64::new(limits.total_bytes as u64),
        }
    }

    /// The limits this budget enforces.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Bytes of output that may still come out.
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes `bytes` of output from the budget, or nothing and a [`Code::Limit`] when so much is not left.
    pub fn spend(&self, bytes: u64, place: &str) -> Result<(), Error> {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            })
            .map(|_| ())
            .map_err(|_| {
                let message = format!(
                    "everything together would exceed {} bytes",
                    self.limits.total_bytes
                );
                Error::new(Code::Limit, message, place)
            })
    }
}
