//! The `limits` of `Apk.open`, with their defaults.

use serde::Deserialize;

use crate::door::Failure;

/// What reading one package may cost; `docs/boundary.md` explains each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    entries: usize,
    directory_bytes: usize,
    entry_bytes: usize,
    ratio: usize,
    total_bytes: usize,
    depth: usize,
    name_bytes: usize,
    strings: usize,
    nodes: usize,
    xml_depth: usize,
    pub payloads: usize,
    pub payload_bytes: u64,
    finds: usize,
    steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let apk = apk::Limits::default();
        Self {
            entries: apk.entries,
            directory_bytes: apk.directory_bytes,
            entry_bytes: apk.entry_bytes,
            ratio: apk.ratio,
            total_bytes: apk.total_bytes,
            depth: apk.depth,
            name_bytes: apk.name_bytes,
            strings: apk.strings,
            nodes: apk.nodes,
            xml_depth: apk.xml_depth,
            payloads: 256,
            payload_bytes: 256 << 20,
            finds: 200_000,
            steps: 200_000,
        }
    }
}

impl Limits {
    /// Empty bytes stand for the defaults.
    pub fn parse(json: &[u8]) -> Result<Self, Failure> {
        if json.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(json).map_err(|error| Failure::bad_query(&error))
    }

    /// Those that the archive and XML readers enforce.
    pub fn apk(&self) -> apk::Limits {
        apk::Limits {
            entries: self.entries,
            directory_bytes: self.directory_bytes,
            entry_bytes: self.entry_bytes,
            ratio: self.ratio,
            total_bytes: self.total_bytes,
            depth: self.depth,
            name_bytes: self.name_bytes,
            strings: self.strings,
            nodes: self.nodes,
            xml_depth: self.xml_depth,
        }
    }

    /// Those of the pass over the code.
    pub fn dex(&self) -> dex::Limits {
        dex::Limits {
            finds: self.finds,
            steps: self.steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_keeps_its_default() {
        let given = Limits::parse(br#"{"depth": 1, "finds": 7}"#).unwrap_or_default();
        let default = Limits::default();
        assert_eq!((given.apk().depth, given.dex().finds), (1, 7));
        assert_eq!(given.apk().ratio, default.apk().ratio);
        assert_eq!(given.payload_bytes, 256 << 20);
    }

    #[test]
    fn a_limit_that_does_not_exist_is_refused() {
        assert!(Limits::parse(br#"{"deepness": 1}"#).is_err());
        assert!(Limits::parse(br#"{"depth": -1}"#).is_err());
        assert!(Limits::parse(b"").is_ok());
    }
}
