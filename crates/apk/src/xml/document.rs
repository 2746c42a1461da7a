//! An XML document as a tree, whichever form it was stored in.

use std::borrow::Cow;
use std::collections::HashMap;

use super::value::Value;
use super::{attrs, axml, proto};
use crate::{Code, Error, Fault, FaultLog, Limits};

/// An attribute of an element.
#[derive(Debug, Clone)]
pub struct Attribute<'a> {
    /// The URI of its namespace.
    pub namespace: Option<Cow<'a, str>>,
    /// Its local name: the framework's own where the id is known, the string in the file otherwise, and `0x0101…` where that
    /// string claims to be another attribute.
    pub name: Cow<'a, str>,
    /// The local name as the string in the file says.
    pub written: Cow<'a, str>,
    /// Its resource id, 0 when it has none.
    pub id: u32,
    /// The text it was compiled from, when the file keeps it.
    pub raw: Option<Cow<'a, str>>,
    /// Its compiled value.
    pub value: Value<'a>,
    /// Whether Android's manifest reader misses it, since it stands behind an attribute with a higher id.
    pub missed: bool,
}

/// An element. Elements are numbered in document order; the root is 0.
#[derive(Debug, Clone)]
pub struct Element<'a> {
    /// Its local name; the namespace of an element means nothing to Android.
    pub name: Cow<'a, str>,
    /// The element around it; `None` for the root.
    pub parent: Option<u32>,
    /// Its place among the siblings of the same name, from 1.
    pub ordinal: u32,
    /// The first text inside it that is not blank.
    pub text: Option<Cow<'a, str>>,
    attributes: (u32, u32),
    /// The number behind the last element inside it.
    end: u32,
}

/// A document: its elements, and what was odd or lost in reading it.
#[derive(Debug, Clone, Default)]
pub struct Document<'a> {
    elements: Vec<Element<'a>>,
    attributes: Vec<Attribute<'a>>,
    /// Read without loss, yet no ordinary tool writes it.
    pub anomalies: Vec<Fault>,
    /// Parts that could not be read.
    pub faults: Vec<Fault>,
}

impl<'a> Document<'a> {
    /// Reads binary XML, or the protobuf form inside an app bundle.
    ///
    /// # Errors
    /// [`Code::Unreadable`] where Android would find no element: no root, a broken string pool, plain text.
    pub fn parse(data: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let visible = data
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(data)
            .trim_ascii_start();
        if visible.first() == Some(&b'<') {
            return Err(Error::new(
                Code::Unreadable,
                "plain text XML, which Android does not read",
                "",
            ));
        }
        // An XmlNode begins with the field of its element, or of its source position; a chunk's type, even a wrong one, is
        // tried whenever that fails.
        if matches!(data.first(), Some(0x0a | 0x1a)) {
            if let Ok(document) = proto::document(data, limits) {
                return Ok(document);
            }
        }
        axml::document(data, limits)
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Option<&Element<'a>> {
        self.elements.first()
    }

    /// All elements in document order.
    #[must_use]
    pub fn elements(&self) -> &[Element<'a>] {
        &self.elements
    }

    /// The attributes of an element, as stored.
    #[must_use]
    pub fn attributes(&self, element: &Element<'a>) -> &[Attribute<'a>] {
        let (first, end) = element.attributes;
        self.attributes
            .get(first as usize..end as usize)
            .unwrap_or_default()
    }

    /// The elements directly inside `parent`, with their numbers.
    pub fn children(&self, parent: u32) -> impl Iterator<Item = (u32, &Element<'a>)> {
        let end = self
            .elements
            .get(parent as usize)
            .map_or(0, |element| element.end);
        let mut next = parent.saturating_add(1);
        std::iter::from_fn(move || {
            let at = next;
            let element = self.elements.get(at as usize).filter(|_| at < end)?;
            next = element.end.max(at + 1);
            Some((at, element))
        })
    }

    /// The path of an element, such as `/LinearLayout/CheckBox[1]`; `skip` leading elements (0 or 1) are left out.
    #[must_use]
    pub fn locator(&self, number: u32, skip: usize) -> String {
        let mut path = Vec::new();
        let mut at = Some(number);
        while let Some(element) = at.and_then(|number| self.elements.get(number as usize)) {
            path.push(element);
            at = element.parent;
        }
        path.iter()
            .rev()
            .skip(skip)
            .fold(String::new(), |mut text, element| {
                text.push('/');
                text.push_str(&shown_name(&element.name));
                if element.parent.is_some() {
                    text.push_str(&format!("[{}]", element.ordinal));
                }
                text
            })
    }
}

/// A name as a locator shows it: a hostile one may be as long as the file.
fn shown_name(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 96;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}

/// Builds a [`Document`] from events, within the limits and without recursion.
pub(super) struct Builder<'a> {
    document: Document<'a>,
    open: Vec<u32>,
    too_deep: usize,
    names: HashMap<Cow<'a, str>, u32>,
    ordinals: HashMap<(u32, u32), u32>,
    highest: u32,
    most_elements: usize,
    most_depth: usize,
    pub anomalies: FaultLog,
    pub faults: FaultLog,
}

/// Whether the reader should go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    More,
    Done,
}

impl<'a> Builder<'a> {
    pub fn new(limits: &Limits) -> Self {
        Self {
            document: Document::default(),
            open: Vec::new(),
            too_deep: 0,
            names: HashMap::new(),
            ordinals: HashMap::new(),
            highest: 0,
            most_elements: limits.nodes.min(u32::MAX as usize - 1),
            most_depth: limits.xml_depth.max(1),
            anomalies: FaultLog::default(),
            faults: FaultLog::default(),
        }
    }

    /// Opens an element; its attributes follow.
    pub fn open(&mut self, name: Cow<'a, str>) -> Next {
        if self.too_deep > 0 || self.open.len() >= self.most_depth {
            if self.too_deep == 0 {
                let place = self.place();
                let what = format!("elements nested deeper than {} were left out", self.most_depth);
                self.faults.push(place, "nesting_limit", what);
            }
            self.too_deep += 1;
            return Next::More;
        }
        let number = self.document.elements.len();
        if number >= self.most_elements {
            self.faults.push(
                "",
                "element_limit",
                format!("elements after the first {number} were left out"),
            );
            return Next::Done;
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let parent = self.open.last().copied();
        let known = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name_number = *self.names.entry(name.clone()).or_insert(known);
        let ordinal = self
            .ordinals
            .entry((parent.unwrap_or(u32::MAX), name_number))
            .or_insert(0);
        *ordinal += 1;
        let first = u32::try_from(self.document.attributes.len()).unwrap_or(u32::MAX);
        let element = Element {
            name,
            parent,
            ordinal: *ordinal,
            text: None,
            attributes: (first, first),
            end: u32::MAX,
        };
        self.document.elements.push(element);
        self.open.push(number);
        self.highest = 0;
        Next::More
    }

    /// Whether attributes of the element opened last are kept.
    pub fn keeps_attributes(&self) -> bool {
        self.too_deep == 0
    }

    /// Adds an attribute to the element opened last. `written` is its name as the file spells it.
    pub fn attribute(
        &mut self,
        (namespace, written): (Option<Cow<'a, str>>, Cow<'a, str>),
        id: u32,
        raw: Option<Cow<'a, str>>,
        value: Value<'a>,
    ) -> Next {
        if self.document.attributes.len() >= self.most_elements {
            let place = self.place();
            self.faults
                .push(place, "attribute_limit", "further attributes were left out");
            return Next::Done;
        }
        let name = self.true_name(&written, id);
        let missed = id != 0 && id <= self.highest;
        if missed {
            let (place, code) = (
                format!("{}@{}", self.place(), shown_name(&name)),
                "attribute_order",
            );
            self.anomalies.push(
                place,
                code,
                "the attribute is repeated or out of order: Android's manifest reader misses it",
            );
        }
        self.highest = self.highest.max(id);
        self.document.attributes.push(Attribute {
            namespace,
            name,
            written,
            id,
            raw,
            value,
            missed,
        });
        let end = u32::try_from(self.document.attributes.len()).unwrap_or(u32::MAX);
        if let Some(element) = self.document.elements.last_mut() {
            element.attributes.1 = end;
        }
        Next::More
    }

    fn true_name(&mut self, written: &Cow<'a, str>, id: u32) -> Cow<'a, str> {
        if id == 0 {
            return written.clone();
        }
        let known = attrs::name_of(id);
        if known == Some(written) {
            return written.clone();
        }
        let framework = id >> 16 == 0x0101;
        let name = match known {
            Some(known) => Cow::Borrowed(known),
            None if framework && (written.is_empty() || attrs::is_name(written)) => {
                Cow::Owned(format!("{id:#010x}"))
            }
            None if written.is_empty() => Cow::Owned(format!("{id:#010x}")),
            None => return written.clone(),
        };
        let what = format!("the attribute {id:#010x} is written as {:?}", shown_name(written));
        let place = format!("{}@{}", self.place(), shown_name(&name));
        self.anomalies.push(place, "attribute_name_mismatch", what);
        name
    }

    /// Adds text to the element that is open.
    pub fn text(&mut self, text: Cow<'a, str>) {
        if self.too_deep > 0 || text.trim().is_empty() {
            return;
        }
        if let Some(element) = self
            .open
            .last()
            .and_then(|at| self.document.elements.get_mut(*at as usize))
        {
            element.text.get_or_insert(text);
        }
    }

    /// Closes the element that is open. Android counts the depth only, so the name of the end tag is not compared; reading
    /// ends with the root.
    pub fn close(&mut self) -> Next {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Next::More;
        }
        let end = u32::try_from(self.document.elements.len()).unwrap_or(u32::MAX);
        if let Some(element) = self
            .open
            .pop()
            .and_then(|at| self.document.elements.get_mut(at as usize))
        {
            element.end = end;
        }
        if self.open.is_empty() && end > 0 {
            Next::Done
        } else {
            Next::More
        }
    }

    /// The path of the element that is open.
    pub fn place(&self) -> String {
        self.open
            .last()
            .map_or_else(String::new, |at| self.document.locator(*at, 0))
    }

    /// The number of elements that are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    pub fn finish(mut self) -> Result<Document<'a>, Error> {
        if self.document.elements.is_empty() {
            return Err(Error::new(Code::Unreadable, "the document has no element", ""));
        }
        self.too_deep = 0;
        while !self.open.is_empty() {
            self.close();
        }
        self.document.anomalies = self.anomalies.finish();
        self.document.faults = self.faults.finish();
        Ok(self.document)
    }
}
