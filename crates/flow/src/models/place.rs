//! Places of a model, read from their short form.

use super::BadModel;

/// What names a store that outlives objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// The constant that an argument stands for, the receiver counted.
    Of(Origin),
    /// The same, but nothing where it is not known.
    Known(Origin),
    /// Any name.
    Any,
    /// The components an intent is for.
    To,
    /// The component that the code belongs to.
    Here,
}

/// Where a place begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    This,
    /// Without the receiver.
    Arg(u8),
    /// Every argument, without the receiver.
    Args,
    Result,
    /// A store by its kind.
    Store(u16),
}

/// A step into what a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Any,
    Keys,
    /// Under the key that this argument gives, without the receiver.
    Under(u8),
    Index(u32),
    /// A field of the platform, by its number among those that models name.
    Field(u16),
}

/// Names that models use.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Kinds of stores.
    pub kinds: Vec<String>,
    /// Fields of the platform, as `Lclass;->name`.
    pub fields: Vec<String>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub origin: Origin,
    pub named: Named,
    pub access: Vec<Access>,
    /// Whatever is inside, however deep.
    pub deep: bool,
    /// Also what fields of the package's classes hold.
    pub deeper: bool,
}

impl Place {
    /// Reads a place; `names` collects the kinds of stores and the fields.
    pub(crate) fn parse(text: &str, names: &mut Names) -> Result<Place, BadModel> {
        parse(text.trim(), names).ok_or_else(|| BadModel {
            words: text.to_owned(),
        })
    }
}

fn parse(text: &str, names: &mut Names) -> Option<Place> {
    let (text, deeper) = match text.strip_suffix("...") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (text, deep) = match text.strip_suffix("..") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (head, mut rest) = match text.find('[') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let mut access = Vec::new();
    while let Some(inner) = rest.strip_prefix('[') {
        let (one, behind) = inner.split_once(']')?;
        access.push(match one {
            "*" => Access::Any,
            "keys" => Access::Keys,
            _ => match one.strip_prefix('#') {
                Some(number) => Access::Index(number.parse().ok()?),
                None => match one.strip_prefix('.') {
                    Some(field) => Access::Field(number_of(&mut names.fields, field)?),
                    None => Access::Under(one.parse().ok()?),
                },
            },
        });
        rest = behind;
    }
    if !rest.is_empty() {
        return None;
    }
    let (origin, named) = match head.split_once('{') {
        Some((kind, name)) => {
            let named = match name.strip_suffix('}')? {
                "*" => Named::Any,
                "to" => Named::To,
                "here" => Named::Here,
                other => match other.strip_suffix('!') {
                    Some(known) => Named::Known(origin(known)?),
                    None => Named::Of(origin(other)?),
                },
            };
            (Origin::Store(number_of(&mut names.kinds, kind)?), named)
        }
        None => (origin(head)?, Named::Any),
    };
    Some(Place {
        origin,
        named,
        access,
        deep: deep || deeper,
        deeper,
    })
}

fn number_of(all: &mut Vec<String>, name: &str) -> Option<u16> {
    let number = all.iter().position(|known| known == name).unwrap_or_else(|| {
        all.push(name.to_owned());
        all.len() - 1
    });
    u16::try_from(number).ok()
}

pub(super) fn origin(text: &str) -> Option<Origin> {
    Some(match text {
        "this" => Origin::This,
        "args" => Origin::Args,
        "result" => Origin::Result,
        number => Origin::Arg(number.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_their_short_form() {
        let mut names = Names::default();
        let place = Place::parse("prefs{this}[0]", &mut names);
        assert_eq!(
            place,
            Ok(Place {
                origin: Origin::Store(0),
                named: Named::Of(Origin::This),
                access: vec![Access::Under(0)],
                deep: false,
                deeper: false
            })
        );
        let place = Place::parse(" this[*][#2]..", &mut names);
        assert_eq!(
            place,
            Ok(Place {
                origin: Origin::This,
                named: Named::Any,
                access: vec![Access::Any, Access::Index(2)],
                deep: true,
                deeper: false
            })
        );
        assert_eq!(names.kinds, ["prefs"]);
        let place = Place::parse("0[.LA;->b]...", &mut names);
        let read = place.map(|place| (place.access, place.deep, place.deeper));
        assert_eq!(read, Ok((vec![Access::Field(0)], true, true)));
        assert!(Place::parse("this[", &mut names).is_err());
        assert!(Place::parse("that", &mut names).is_err());
        assert!(Place::parse("prefs{this", &mut names).is_err());
    }
}
