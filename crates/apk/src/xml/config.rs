//! Configurations: the conditions under which a value of a resource counts.

use super::chunk::{size_at, u16_at, u8_at};

/// A configuration, as far as choosing among values needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// BCP 47 language tag, empty for any.
    pub locale: String,
    /// Screen density in dots per inch, 0 for any.
    pub density: u16,
    /// Least API level, 0 for any.
    pub sdk: u16,
    /// Number of other conditions: night, orientation, screen size, carrier, …
    pub others: u32,
}

/// Which of several values is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefer {
    /// The one with the fewest conditions.
    Default,
    /// The one in simplified Chinese, else in any Chinese, else the one with the fewest conditions.
    Chinese,
}

/// How far a configuration is from the one wanted; smaller is better.
pub(super) type Rank = (u8, u32, u16, u16);

impl Config {
    /// The configuration whose `ResTable_config` starts at `at`. Fields behind its stated size count as unset.
    pub(super) fn from_bytes(data: &[u8], at: usize) -> Option<Self> {
        let size = size_at(data, at)?.max(4);
        let data = data.get(at..at.checked_add(size)?.min(data.len()))?;
        let byte = |at: usize| u8_at(data, at).unwrap_or(0);
        let word = |at: usize| u16_at(data, at).unwrap_or(0);
        let bytes = [12, 13, 16, 17, 18, 19, 28, 29, 48, 49];
        let words = [4, 6, 20, 22, 26, 30, 32, 34];
        let set = bytes.iter().filter(|at| byte(**at) != 0).count()
            + words.iter().filter(|at| word(**at) != 0).count();
        Some(Self {
            locale: locale(data),
            density: word(14),
            sdk: word(24),
            others: u32::try_from(set).unwrap_or(u32::MAX),
        })
    }

    pub(super) fn rank(&self, prefer: Prefer) -> Rank {
        let locale = match prefer {
            Prefer::Default => u8::from(!self.locale.is_empty()),
            Prefer::Chinese => chinese_rank(&self.locale),
        };
        (locale, self.others, self.sdk, self.density)
    }
}

fn chinese_rank(locale: &str) -> u8 {
    let mut parts = locale.split('-');
    match parts.next() {
        Some("zh") => {
            let simplified = parts.clone().any(|part| part == "Hans");
            let traditional = parts.clone().any(|part| part == "Hant");
            let mainland = parts.clone().any(|part| part == "CN");
            match (mainland && !traditional, simplified, parts.next()) {
                (true, _, _) => 0,
                (_, true, _) => 1,
                (_, _, None) => 2,
                _ => 3,
            }
        }
        Some("") => 4,
        _ => 5,
    }
}

fn locale(config: &[u8]) -> String {
    let mut tag = unpacked(config, 8, b'a');
    if tag.is_empty() {
        return tag;
    }
    let written_script = u8_at(config, 52).unwrap_or(0) == 0;
    let mut part = |text: String| {
        if !text.is_empty() {
            tag.push('-');
            tag.push_str(&text);
        }
    };
    if written_script {
        part(letters(config, 36, 4));
    }
    part(unpacked(config, 10, b'0'));
    part(letters(config, 40, 8));
    tag
}

/// Two letters as they are, or three packed in five bits each, counted from `base`.
fn unpacked(config: &[u8], at: usize, base: u8) -> String {
    let (Some(first), Some(second)) = (u8_at(config, at), u8_at(config, at + 1)) else {
        return String::new();
    };
    if first & 0x80 == 0 {
        return letters(config, at, 2);
    }
    let packed = [
        second & 0x1f,
        (second & 0xe0) >> 5 | (first & 0x03) << 3,
        (first & 0x7c) >> 2,
    ];
    packed.iter().map(|five| char::from(five + base)).collect()
}

fn letters(config: &[u8], at: usize, count: usize) -> String {
    let bytes = config.get(at..at + count).unwrap_or_default();
    bytes
        .iter()
        .take_while(|byte| **byte != 0)
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| char::from(*byte))
        .collect()
}
