//! Scheme v1: `MANIFEST.MF` digests the entries, each `*.SF` digests the manifest, and a signature file signs each `*.SF`.

use std::collections::HashMap;

use bytes::Bytes;

use super::jar_manifest::{sections, Section};
use super::key::{Checks, Hash};
use super::{pkcs7, Effort, Scheme, SchemeVersion, Signer, Verdict};
use crate::error::{Code, Error};
use crate::limits::Budget;
use crate::zip::Archive;

const FOLDER: &str = "META-INF/";
const MANIFEST: &str = "META-INF/MANIFEST.MF";
const SIGNERS_MAX: usize = 10;
/// Some 100,000 entries with digests; taken apart, a text of the shortest sections grows some twentyfold.
const TEXT_MAX: usize = 16 << 20;
/// Strongest first: Android goes by the strongest it finds.
const DIGESTS: [(&str, Hash); 4] = [
    ("SHA-512", Hash::Sha512),
    ("SHA-384", Hash::Sha384),
    ("SHA-256", Hash::Sha256),
    ("SHA1", Hash::Sha1),
];

/// Scheme v1, or none when the archive has no signature file.
pub(super) fn read(
    archive: &Archive,
    newer: &[SchemeVersion],
    effort: Effort,
    budget: &Budget,
    checks: &Checks,
) -> Option<Scheme> {
    let blocks: Vec<&str> = archive
        .entries()
        .iter()
        .map(|entry| entry.name.as_str())
        .filter(|n| is_block(n))
        .collect();
    if blocks.is_empty() {
        return None;
    }
    let mut jar = Jar {
        archive,
        budget,
        checks,
        covered: HashMap::new(),
        files: 0,
        verdict: Verdict::default(),
        signers: Vec::new(),
    };
    if blocks.len() > SIGNERS_MAX {
        jar.verdict.wrong("too many signature files");
    } else if let Err(error) = jar.check(&blocks, newer, effort) {
        jar.verdict.unknown(error.to_string());
    }
    let (verified, reason) = jar.verdict.finish();
    Some(Scheme {
        version: SchemeVersion::V1,
        verified,
        reason,
        signers: jar.signers,
    })
}

fn is_block(name: &str) -> bool {
    let file = name.strip_prefix(FOLDER).filter(|file| !file.contains('/'));
    let ending = file
        .and_then(|file| file.rsplit_once('.'))
        .map(|(_, ending)| ending.to_ascii_uppercase());
    matches!(ending.as_deref(), Some("RSA" | "DSA" | "EC"))
}

struct Jar<'a> {
    archive: &'a Archive,
    budget: &'a Budget,
    checks: &'a Checks,
    /// Names that `.SF` files sign, with one bit for each of the `files` so far.
    covered: HashMap<String, u16>,
    files: u32,
    verdict: Verdict,
    signers: Vec<Signer>,
}

impl Jar<'_> {
    fn check(&mut self, blocks: &[&str], newer: &[SchemeVersion], effort: Effort) -> Result<(), Error> {
        let Some(manifest) = self.archive.find(MANIFEST) else {
            self.verdict.wrong("META-INF/MANIFEST.MF is missing");
            return Ok(());
        };
        let manifest = self.text(manifest)?;
        let listed = sections(&manifest);
        for block in blocks {
            self.check_signer(block, &manifest, &listed, newer)?;
        }
        if self.verdict.is_wrong() {
            return Ok(());
        }
        match newer.iter().max() {
            Some(version) if effort == Effort::Effective => {
                self.verdict
                    .unknown(format!("entries not checked: Android goes by {}", version.name()));
                Ok(())
            }
            _ => self.check_entries(&listed),
        }
    }

    fn text(&self, index: usize) -> Result<Bytes, Error> {
        let text = self.archive.read_for_signature(index, self.budget)?;
        if text.len() > TEXT_MAX {
            let place = format!("entry:{}", self.archive.entries()[index].name);
            return Err(Error::new(
                Code::Limit,
                format!("a list of digests beyond {TEXT_MAX} bytes"),
                place,
            ));
        }
        Ok(text)
    }

    fn check_signer(
        &mut self,
        block: &str,
        manifest: &[u8],
        listed: &[Section<'_>],
        newer: &[SchemeVersion],
    ) -> Result<(), Error> {
        let stem = block.rsplit_once('.').map_or(block, |(stem, _)| stem);
        let Some(file) = self.archive.find(&format!("{stem}.SF")) else {
            self.verdict.wrong(format!("{stem}.SF is missing"));
            return Ok(());
        };
        let file = self.text(file)?;
        let Some(index) = self.archive.find(block) else {
            return Ok(());
        };
        let signed = pkcs7::check(
            block,
            &self.archive.read_for_signature(index, self.budget)?,
            &file,
            self.checks,
            &mut self.verdict,
        );
        self.signers.extend(signed.map(|(certificate, digest)| Signer {
            certificate,
            digests: Some(digest).filter(|name| !name.is_empty()).into_iter().collect(),
            min_sdk: None,
            max_sdk: None,
        }));
        self.check_file(stem, &sections(&file), manifest, listed, newer);
        Ok(())
    }

    /// Holds an `.SF` file against the manifest: by one digest of all of it, else section by section.
    fn check_file(
        &mut self,
        stem: &str,
        file: &[Section<'_>],
        manifest: &[u8],
        listed: &[Section<'_>],
        newer: &[SchemeVersion],
    ) {
        let Some(main) = file.first() else {
            return self.verdict.wrong(format!("{stem}.SF is empty"));
        };
        let signed_too = main.get("X-Android-APK-Signed").unwrap_or("");
        for scheme in signed_too.split(',').map(str::trim) {
            let stripped = match scheme {
                "2" => newer.is_empty(),
                "3" => !newer.iter().any(|&version| version >= SchemeVersion::V3),
                _ => false,
            };
            if stripped {
                self.verdict.wrong(format!(
                    "{stem}.SF says that scheme v{scheme} signed, too, but it is not there"
                ));
            }
        }
        if main.get("Signature-Version").is_none() {
            self.verdict
                .wrong(format!("{stem}.SF does not begin with its version"));
        }
        // The files of this old tool name the digest differently.
        let by_signtool = main
            .get("Created-By")
            .is_some_and(|tool| tool.contains("signtool"));
        let suffix = if by_signtool {
            "-Digest"
        } else {
            "-Digest-Manifest"
        };
        let listed_main = listed.first().map_or(&[][..], |section| section.raw);
        if !by_signtool && matches(main, "-Digest-Manifest-Main-Attributes", listed_main) == Some(false) {
            self.verdict.wrong("the main section of the manifest was changed");
        }
        let whole = matches(main, suffix, manifest) == Some(true);
        let listed = self.by_name(MANIFEST, listed);
        let bit = 1u16.checked_shl(self.files).unwrap_or(0);
        self.files = self.files.saturating_add(1);
        for (name, signed) in self.by_name(&format!("{stem}.SF"), file) {
            let Some(section) = listed.get(name) else {
                if !whole {
                    self.verdict
                        .wrong(format!("{stem}.SF signs {name}, which the manifest lacks"));
                }
                continue;
            };
            *self.covered.entry(name.to_owned()).or_default() |= bit;
            let holds = whole || matches(signed, "-Digest", section.raw) == Some(true);
            if !holds {
                self.verdict.wrong(format!(
                    "{stem}.SF does not have the digest of the manifest's section of {name}"
                ));
            }
        }
    }

    /// The sections behind the main one, which must not name an entry twice.
    fn by_name<'s>(&mut self, file: &str, sections: &'s [Section<'s>]) -> HashMap<&'s str, &'s Section<'s>> {
        let mut by_name = HashMap::new();
        for section in sections.iter().skip(1) {
            let Some(name) = section.get("Name") else { continue };
            if by_name.insert(name, section).is_some() {
                self.verdict.wrong(format!("{file} has two sections of {name}"));
            }
        }
        by_name
    }

    fn check_entries(&mut self, listed: &[Section<'_>]) -> Result<(), Error> {
        let listed = self.by_name(MANIFEST, listed);
        let mut signed_by = None;
        for (index, entry) in self.archive.entries().iter().enumerate() {
            if entry.name.ends_with('/') || entry.name.starts_with(FOLDER) {
                continue;
            }
            let files = self.covered.get(&entry.name).copied().unwrap_or(0);
            let Some(section) = listed.get(entry.name.as_str()).filter(|_| files != 0) else {
                self.verdict.wrong(format!("{} is not signed", entry.name));
                return Ok(());
            };
            if *signed_by.get_or_insert(files) != files {
                self.verdict.wrong(format!(
                    "{} is not signed by the same signers as others",
                    entry.name
                ));
                return Ok(());
            }
            match matches(
                section,
                "-Digest",
                &self.archive.read_for_signature(index, self.budget)?,
            ) {
                Some(true) => {}
                Some(false) => {
                    self.verdict
                        .wrong(format!("{} was changed after signing", entry.name));
                    return Ok(());
                }
                None => self
                    .verdict
                    .wrong(format!("{} has no digest of a known kind", entry.name)),
            }
        }
        if signed_by.is_none() {
            self.verdict.wrong("no entry is signed");
        }
        let missing = listed
            .keys()
            .filter(|name| self.archive.find(name).is_none())
            .min();
        if let Some(name) = missing {
            self.verdict.wrong(format!("{name} was removed after signing"));
        }
        Ok(())
    }
}

/// Whether the strongest digest of a section fits; none when it has none of a known kind.
fn matches(section: &Section<'_>, suffix: &str, bytes: &[u8]) -> Option<bool> {
    DIGESTS.iter().find_map(|(name, hash)| {
        let expected = section.get(&format!("{name}{suffix}"))?;
        Some(expected.trim() == base64(&hash.digest(bytes)))
    })
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4u32 {
            let known = place as usize <= group.len();
            let six = (bits >> (18 - 6 * place)) & 63;
            text.push(if known {
                char::from(ALPHABET[six as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_of_the_rfc_4648_vectors() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
