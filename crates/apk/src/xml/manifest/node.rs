//! One element of a manifest, with Android's rules for reading its attributes.

use std::borrow::Cow;
use std::cell::Cell;

use crate::xml::attrs;
use crate::xml::config::Prefer;
use crate::xml::document::{Attribute, Document, Element};
use crate::xml::table::Resources;
use crate::xml::value::Value;

pub(super) const ANDROID: &str = "http://schemas.android.com/apk/res/android";

/// Text of one value that is kept; what follows is cut.
const LONGEST_TEXT: usize = 8 << 10;
/// Text of all values together. One pool string may be referred to by every attribute of the file.
pub(super) const MOST_TEXT: usize = 32 << 20;

/// A document under reading: where it is, what its references mean, and how much text may still be kept.
pub(super) struct Scope<'s, 'a> {
    pub document: &'s Document<'a>,
    pub resources: &'s Resources<'a>,
    /// Of locators: empty for the base, `split_x.apk!` for a split.
    pub prefix: &'s str,
    pub text_left: &'s Cell<usize>,
}

impl<'s, 'a> Scope<'s, 'a> {
    pub fn root(&self) -> Option<Node<'_, 's, 'a>> {
        Some(Node {
            scope: self,
            number: 0,
            element: self.document.root()?,
        })
    }

    fn keep(&self, text: &str) -> String {
        let longest = LONGEST_TEXT.min(self.text_left.get());
        let end = if text.len() <= longest {
            text.len()
        } else {
            text.floor_char_boundary_at(longest)
        };
        self.text_left.set(self.text_left.get() - end);
        text[..end].to_owned()
    }
}

trait FloorCharBoundary {
    fn floor_char_boundary_at(&self, at: usize) -> usize;
}

impl FloorCharBoundary for str {
    fn floor_char_boundary_at(&self, at: usize) -> usize {
        (0..=at.min(self.len()))
            .rev()
            .find(|at| self.is_char_boundary(*at))
            .unwrap_or(0)
    }
}

/// An element.
#[derive(Clone, Copy)]
pub(super) struct Node<'n, 's, 'a> {
    pub scope: &'n Scope<'s, 'a>,
    pub number: u32,
    pub element: &'n Element<'a>,
}

impl<'n, 's, 'a> Node<'n, 's, 'a> {
    pub fn name(&self) -> &'n str {
        &self.element.name
    }

    pub fn children(&self) -> impl Iterator<Item = Node<'n, 's, 'a>> + 'n {
        let scope = self.scope;
        scope
            .document
            .children(self.number)
            .map(move |(number, element)| Node {
                scope,
                number,
                element,
            })
    }

    pub fn attributes(&self) -> &'n [Attribute<'a>] {
        self.scope.document.attributes(self.element)
    }

    /// Where the element stands, the root left out. Android takes one application, so that has no number.
    pub fn locator(&self) -> String {
        let path = self.scope.document.locator(self.number, 1);
        let path = match path.strip_prefix("/application[1]") {
            Some(rest) => format!("/application{rest}"),
            None => path,
        };
        format!("{}{path}", self.scope.prefix)
    }

    /// The attribute of that id, as Android's manifest reader finds it.
    pub fn attribute(&self, id: u32) -> Option<&'n Attribute<'a>> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.id == id && !attribute.missed)
    }

    /// The attribute without a namespace of that name.
    pub fn plain(&self, name: &str) -> Option<&'n Attribute<'a>> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.namespace.is_none() && attribute.written == name)
    }

    /// The resolved value; `@null` and no value are none.
    pub fn value(&self, id: u32) -> Option<Value<'a>> {
        match self
            .scope
            .resources
            .resolve(&self.attribute(id)?.value, Prefer::Default)
        {
            Value::Null => None,
            value => Some(value),
        }
    }

    /// The value as text. Empty text is kept: Android tells it from none.
    pub fn text(&self, id: u32) -> Option<String> {
        self.value(id)?.text().map(|text| self.scope.keep(&text))
    }

    /// The value as text, unless it is a reference: Android does not follow one here.
    pub fn literal(&self, id: u32) -> Option<String> {
        self.attribute(id)?
            .value
            .as_text()
            .map(|text| self.scope.keep(text))
    }

    pub fn bool(&self, id: u32) -> Option<bool> {
        self.value(id)?.as_bool()
    }

    pub fn int(&self, id: u32) -> Option<i32> {
        self.value(id)?.as_int()
    }

    /// The `android:name` of an action or a category: Android looks these up by namespace and string, not by id. The flag
    /// says whether only the id led to it, which Android would not follow.
    pub fn filter_name(&self) -> Option<(String, bool)> {
        let named = |attribute: &&Attribute<'a>| {
            attribute.written == "name" && attribute.namespace.as_deref() == Some(ANDROID)
        };
        let (attribute, by_id) = match self.attributes().iter().find(named) {
            Some(attribute) => (attribute, false),
            None => (self.attribute(attrs::NAME)?, true),
        };
        let text = attribute.raw.clone().or_else(|| {
            self.scope
                .resources
                .resolve(&attribute.value, Prefer::Default)
                .text()
        });
        Some((self.scope.keep(&text?), by_id))
    }

    /// All texts of an attribute by language.
    pub fn texts(&self, id: u32) -> Vec<(String, String)> {
        let texts = self
            .attribute(id)
            .map(|attribute| self.scope.resources.texts(&attribute.value))
            .unwrap_or_default();
        texts
            .into_iter()
            .map(|(language, text)| (language, self.scope.keep(&text)))
            .collect()
    }

    /// `android:value`, else `android:resource` resolved to a path or text; an unresolved one stays a reference.
    pub fn meta_value(&self) -> Option<String> {
        self.text(attrs::VALUE).or_else(|| self.text(attrs::RESOURCE))
    }

    /// A class name with the package put before it, as Android does.
    pub fn class(&self, id: u32, package: &str) -> Option<String> {
        let name = self.text(id).filter(|name| !name.is_empty())?;
        Some(match name.as_bytes() {
            [b'.', ..] => format!("{package}{name}"),
            bytes if bytes.contains(&b'.') => name,
            _ => format!("{package}.{name}"),
        })
    }

    /// A process name: one that starts with a colon belongs to the package.
    pub fn process(&self, id: u32, package: &str) -> Option<String> {
        let name = self.text(id).filter(|name| !name.is_empty())?;
        Some(if name.starts_with(':') {
            format!("{package}{name}")
        } else {
            name
        })
    }
}

/// The non-empty parts between semicolons.
pub(super) fn parts(text: &str) -> Vec<String> {
    text.split(';')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether an attribute looks like a framework attribute, yet has no id by which Android would find it.
pub(super) fn lacks_id(attribute: &Attribute<'_>) -> bool {
    attribute.id == 0 && attribute.namespace.as_deref() == Some(ANDROID) && attrs::is_name(&attribute.written)
}

/// A namespace URI, cut to what a sentence can hold.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
