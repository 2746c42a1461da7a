//! Digests of the whole file without its signing block, as the schemes from v2 on define them.

use sha2::{Digest, Sha256, Sha512};

use super::block::SigningBlock;
use crate::zip::Archive;

const CHUNK: usize = 1 << 20;
const PAGE: usize = 4096;
const DIRECTORY_FIELD: usize = 16;

/// How the content is digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentDigest {
    Sha256,
    Sha512,
    Verity,
}

impl ContentDigest {
    pub(super) fn name(self) -> &'static str {
        match self {
            ContentDigest::Sha256 => "sha256",
            ContentDigest::Sha512 => "sha512",
            ContentDigest::Verity => "verity-sha256",
        }
    }
}

/// The signed parts of a file; every digest is computed at most once, however many signers name it.
pub(super) struct Content<'a> {
    entries: &'a [u8],
    directory: &'a [u8],
    /// The end record as if the directory began where the signing block does.
    end_record: Vec<u8>,
    known: Vec<(ContentDigest, Vec<u8>)>,
}

impl<'a> Content<'a> {
    /// None when the offsets do not fit, which a found signing block rules out.
    pub(super) fn of(archive: &'a Archive, block: &SigningBlock<'_>) -> Option<Self> {
        let bytes: &[u8] = archive.bytes();
        let layout = archive.layout();
        let directory = usize::try_from(layout.directory).ok()?;
        let end = usize::try_from(layout.end_record).ok()?;
        let mut end_record = bytes.get(end..)?.to_vec();
        let start = u32::try_from(block.start).ok()?.to_le_bytes();
        end_record
            .get_mut(DIRECTORY_FIELD..DIRECTORY_FIELD.checked_add(4)?)?
            .copy_from_slice(&start);
        Some(Self {
            entries: bytes.get(..block.start)?,
            directory: bytes.get(directory..end)?,
            end_record,
            known: Vec::new(),
        })
    }

    pub(super) fn digest(&mut self, kind: ContentDigest) -> &[u8] {
        let at = match self.known.iter().position(|known| known.0 == kind) {
            Some(at) => at,
            None => {
                let digest = match kind {
                    ContentDigest::Sha256 => self.chunked::<Sha256>(),
                    ContentDigest::Sha512 => self.chunked::<Sha512>(),
                    ContentDigest::Verity => self.verity(),
                };
                self.known.push((kind, digest));
                self.known.len().saturating_sub(1)
            }
        };
        &self.known[at].1
    }

    fn parts(&self) -> [&[u8]; 3] {
        [self.entries, self.directory, &self.end_record]
    }

    /// A digest over the digests of chunks of one MiB, each part beginning a new chunk.
    fn chunked<D: Digest>(&self) -> Vec<u8> {
        let chunks = || self.parts().into_iter().flat_map(|part| part.chunks(CHUNK));
        let count = u32::try_from(chunks().count()).unwrap_or(u32::MAX);
        let mut all = D::new_with_prefix([0x5a]).chain_update(count.to_le_bytes());
        for chunk in chunks() {
            let len = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            all.update(
                D::new_with_prefix([0xa5])
                    .chain_update(len.to_le_bytes())
                    .chain_update(chunk)
                    .finalize(),
            );
        }
        all.finalize().to_vec()
    }

    /// The root of the hash tree that the kernel's verity would keep, and the length it was made over.
    fn verity(&self) -> Vec<u8> {
        let len = self.parts().iter().map(|part| part.len() as u64).sum::<u64>();
        let mut pages = Pages::default();
        for part in self.parts() {
            pages.update(part);
        }
        let mut level = pages.finish();
        while level.len() > PAGE {
            let mut above = Pages::default();
            above.update(&level);
            level = above.finish();
        }
        level.resize(PAGE, 0);
        let mut digest = Sha256::new_with_prefix([0; 8])
            .chain_update(&level)
            .finalize()
            .to_vec();
        digest.extend_from_slice(&len.to_le_bytes());
        digest
    }
}

/// Digests of consecutive pages, the last one filled up with zeros.
#[derive(Default)]
struct Pages {
    digests: Vec<u8>,
    partial: Vec<u8>,
}

impl Pages {
    fn update(&mut self, mut bytes: &[u8]) {
        if !self.partial.is_empty() {
            let (fill, rest) = bytes.split_at(bytes.len().min(PAGE.saturating_sub(self.partial.len())));
            self.partial.extend_from_slice(fill);
            bytes = rest;
            if self.partial.len() < PAGE {
                return;
            }
            let page = std::mem::take(&mut self.partial);
            self.add(&page);
        }
        let pages = bytes.chunks_exact(PAGE);
        self.partial.extend_from_slice(pages.remainder());
        for page in pages {
            self.add(page);
        }
    }

    fn add(&mut self, page: &[u8]) {
        self.digests
            .extend_from_slice(&Sha256::new_with_prefix([0; 8]).chain_update(page).finalize());
    }

    fn finish(mut self) -> Vec<u8> {
        if !self.partial.is_empty() {
            let mut page = std::mem::take(&mut self.partial);
            page.resize(PAGE, 0);
            self.add(&page);
        }
        self.digests
    }
}
