//! A line of assembly in words, and the constants it may hold.

use super::pools::Pools;

/// Splits at spaces and commas; quoted text and braces stay whole.
pub fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut until = None;
    for letter in line.chars() {
        match (until, letter) {
            (None, '"') => until = Some('"'),
            (None, '{') => until = Some('}'),
            (Some(end), letter) if end == letter => until = None,
            (None, ' ' | ',') => {
                if !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        word.push(letter);
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// The initial value of a static field.
pub enum Literal {
    Text(String),
    Type(String),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    Null,
}

impl Literal {
    /// `"text"`, `La/B;`, `5`, `5L`, `1.5f`, `1.5`, `null`.
    pub fn parse(word: &str) -> Self {
        if let Some(text) = word.strip_prefix('"') {
            Literal::Text(text.trim_end_matches('"').into())
        } else if word == "null" {
            Literal::Null
        } else if word.ends_with(';') {
            Literal::Type(word.into())
        } else if let Some(float) = word.strip_suffix('f') {
            Literal::Float(float.parse().unwrap())
        } else if let Some(long) = word.strip_suffix('L') {
            Literal::Long(long.parse().unwrap())
        } else if word.contains('.') {
            Literal::Double(word.parse().unwrap())
        } else {
            Literal::Int(word.parse().unwrap())
        }
    }

    /// What a field of this type holds before anything is assigned.
    pub fn zero(kind: &str) -> Self {
        match kind {
            "J" => Literal::Long(0),
            "F" => Literal::Float(0.0),
            "D" => Literal::Double(0.0),
            "I" | "S" | "B" | "C" | "Z" => Literal::Int(0),
            _ => Literal::Null,
        }
    }

    pub fn encode(&self, pools: &mut Pools, out: &mut Vec<u8>) {
        let (kind, bytes): (u8, Vec<u8>) = match self {
            Literal::Text(text) => (0x17, pools.string(text).to_le_bytes().into()),
            Literal::Type(name) => (0x18, pools.type_(name).to_le_bytes().into()),
            Literal::Int(number) => (0x04, number.to_le_bytes().into()),
            Literal::Long(number) => (0x06, number.to_le_bytes().into()),
            Literal::Float(number) => (0x10, number.to_le_bytes().into()),
            Literal::Double(number) => (0x11, number.to_le_bytes().into()),
            Literal::Null => return out.push(0x1e),
        };
        out.push(kind | (bytes.len() as u8 - 1) << 5);
        out.extend(bytes);
    }
}
