//! Typed values of attributes and resources.

use std::fmt::Write as _;

use super::text::Text;

/// A typed value, as attributes and resources hold it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value, or `@null`.
    Null,
    /// Explicitly empty.
    Empty,
    /// A resource, by id.
    Reference(u32),
    /// An attribute of the theme, by id.
    Theme(u32),
    /// Text.
    Text(Text<'a>),
    /// A floating-point number.
    Float(f32),
    /// A length: mantissa, radix and unit packed as Android packs them.
    Dimension(u32),
    /// A fraction, packed likewise.
    Fraction(u32),
    /// An integer, written in decimal or as an enumeration.
    Int(i32),
    /// An integer, written in hexadecimal, or a set of flags.
    Hex(u32),
    /// True or false.
    Bool(bool),
    /// A colour, `0xaarrggbb`.
    Color(u32),
}

const DIMENSION_UNITS: [&str; 6] = ["px", "dip", "sp", "pt", "in", "mm"];
const FRACTION_UNITS: [&str; 2] = ["%", "%p"];

impl<'a> Value<'a> {
    /// The value of Android's `Res_value`: a type and 32 bits of data, which is a number of a string when it is text.
    /// `None` for a string that cannot be read and for an unknown type.
    pub(super) fn from_typed(
        kind: u8,
        data: u32,
        string: impl FnOnce(u32) -> Option<Text<'a>>,
    ) -> Option<Self> {
        Some(match kind {
            0x00 if data == 1 => Self::Empty,
            0x00 => Self::Null,
            0x01 | 0x07 if data == 0 => Self::Null,
            0x01 | 0x07 => Self::Reference(data),
            0x02 | 0x08 => Self::Theme(data),
            0x03 => Self::Text(string(data)?),
            0x04 => Self::Float(f32::from_bits(data)),
            0x05 => Self::Dimension(data),
            0x06 => Self::Fraction(data),
            0x11 => Self::Hex(data),
            0x12 => Self::Bool(data != 0),
            0x1c..=0x1f => Self::Color(data),
            0x10..=0x1b => Self::Int(data as i32),
            _ => return None,
        })
    }

    /// The value as one line: lengths as `8.0sp`, colours as `#aarrggbb`, numbers in decimal, references as `@0x7f…` or
    /// `?0x0101…`; nothing for no value.
    #[must_use]
    pub fn text(&self) -> Option<Text<'a>> {
        Some(match self {
            Self::Null => return None,
            Self::Empty => Text::Borrowed(""),
            Self::Text(text) => text.clone(),
            Self::Reference(id) => Text::from(format!("@{id:#010x}")),
            Self::Theme(id) => Text::from(format!("?{id:#010x}")),
            Self::Float(number) => Text::from(decimal(f64::from(*number))),
            Self::Dimension(data) => Text::from(packed(*data, 1.0, &DIMENSION_UNITS)),
            Self::Fraction(data) => Text::from(packed(*data, 100.0, &FRACTION_UNITS)),
            Self::Int(number) => Text::from(number.to_string()),
            Self::Hex(number) => Text::from(number.to_string()),
            Self::Bool(value) => Text::Borrowed(if *value { "true" } else { "false" }),
            Self::Color(argb) => Text::from(format!("#{argb:08x}")),
        })
    }

    /// True or false as Android's `TypedArray.getBoolean` decides it; nothing where it would fall back to its default.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Int(number) => Some(*number != 0),
            Self::Hex(number) | Self::Color(number) => Some(*number != 0),
            Self::Text(text) => Some(matches!(text.as_ref(), "1" | "true" | "TRUE")),
            _ => None,
        }
    }

    /// A number as Android's `TypedArray.getInt` reads it, text in decimal, hexadecimal or octal included.
    #[must_use]
    pub fn as_int(&self) -> Option<i32> {
        match self {
            Self::Bool(value) => Some(i32::from(*value)),
            Self::Int(number) => Some(*number),
            Self::Hex(number) | Self::Color(number) => Some(*number as i32),
            Self::Text(text) => int_of_text(text),
            _ => None,
        }
    }

    /// The text, when the value is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn int_of_text(text: &str) -> Option<i32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (radix, digits) =
        if let Some(digits) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            (16, digits)
        } else if let Some(digits) = digits.strip_prefix('#') {
            (16, digits)
        } else if digits.len() > 1 && digits.starts_with('0') {
            (8, &digits[1..])
        } else {
            (10, digits)
        };
    let number = i64::from_str_radix(digits, radix).ok()?;
    i32::try_from(if negative { -number } else { number }).ok()
}

fn packed(data: u32, scale: f64, units: &[&str]) -> String {
    const RADIX_SHIFT: [u32; 4] = [0, 7, 15, 23];
    let mantissa = f64::from((data & 0xffff_ff00) as i32 >> 8);
    let shift = RADIX_SHIFT[(data >> 4 & 3) as usize];
    let number = mantissa / f64::from(1u32 << shift) * scale;
    let mut text = decimal(number);
    match units.get((data & 0xf) as usize) {
        Some(unit) => text.push_str(unit),
        None => {
            let _ = write!(text, "?{}", data & 0xf);
        }
    }
    text
}

/// At most four decimals, at least one: what packing has lost is not shown as precision.
fn decimal(number: f64) -> String {
    let rounded = (number * 10_000.0).round() / 10_000.0;
    if rounded.is_finite() {
        format!("{rounded:?}")
    } else {
        format!("{number:?}")
    }
}
