//! An XML document as a tree, whichever form it was stored in.

use std::borrow::Cow;
use std::collections::HashMap;

use super::text::Text;
use super::value::Value;
use super::{attrs, axml, proto};
use crate::{Code, Error, Fault, FaultLog, Limits};

/// An attribute of an element.
#[derive(Debug, Clone)]
pub struct Attribute<'a> {
    /// The URI of its namespace.
    pub namespace: Option<Text<'a>>,
    /// Its local name: the framework's own where the id is known, the string in the file otherwise, and `0x0101…` where that
    /// string claims to be another attribute.
    pub name: Text<'a>,
    /// The local name as the string in the file says.
    pub written: Text<'a>,
    /// Its resource id, 0 when it has none.
    pub id: u32,
    /// The text it was compiled from, when the file keeps it.
    pub raw: Option<Text<'a>>,
    /// Its compiled value.
    pub value: Value<'a>,
    /// Whether Android's manifest reader misses it, since it stands behind an attribute with a higher id.
    pub missed: bool,
}

/// An element. Elements are numbered in document order; the root is 0.
#[derive(Debug, Clone)]
pub struct Element<'a> {
    /// Its local name; the namespace of an element means nothing to Android.
    pub name: Text<'a>,
    /// The element around it; `None` for the root.
    pub parent: Option<u32>,
    /// Its place among the siblings of the same name, from 1.
    pub ordinal: u32,
    /// The first text inside it that is not blank.
    pub text: Option<Text<'a>>,
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

fn place(document: &Document<'_>, open: Option<&u32>) -> String {
    open.map_or_else(String::new, |at| document.locator(*at, 0))
}

/// Builds a [`Document`] from events, within the limits and without recursion.
pub(super) struct Builder<'a> {
    document: Document<'a>,
    open: Vec<u32>,
    too_deep: usize,
    names: HashMap<Text<'a>, u32>,
    ordinals: HashMap<(u32, u32), u32>,
    by_id: bool,
    highest: u32,
    most_elements: usize,
    most_depth: usize,
    anomalies: FaultLog,
    faults: FaultLog,
}

/// The number of an element's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(u32);

/// Whether the reader should go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    More,
    Done,
}

impl<'a> Builder<'a> {
    /// A builder of a document whose attributes are looked up in the order of their ids when `by_id`: so Android reads the binary
    /// form. The protobuf form is sorted by name and never reaches a device as it is.
    pub fn new(limits: &Limits, by_id: bool) -> Self {
        Self {
            by_id,
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

    /// Numbers a name, so that names are compared once for each string of the file and not for each element.
    pub fn name(&mut self, name: &Text<'a>) -> Name {
        let known = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        Name(*self.names.entry(name.clone()).or_insert(known))
    }

    /// Opens an element; its attributes follow.
    pub fn open(&mut self, name: Text<'a>, kind: Name) -> Next {
        if self.too_deep > 0 || self.open.len() >= self.most_depth {
            if self.too_deep == 0 {
                let most = self.most_depth;
                self.fault("nesting_limit", || {
                    format!("elements nested deeper than {most} were left out")
                });
            }
            self.too_deep += 1;
            return Next::More;
        }
        let number = self.document.elements.len();
        if number >= self.most_elements {
            self.fault("element_limit", || {
                format!("elements after the first {number} were left out")
            });
            return Next::Done;
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let parent = self.open.last().copied();
        let ordinal = self
            .ordinals
            .entry((parent.unwrap_or(u32::MAX), kind.0))
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
        (namespace, written): (Option<Text<'a>>, Text<'a>),
        id: u32,
        raw: Option<Text<'a>>,
        value: Value<'a>,
    ) -> Next {
        if self.document.attributes.len() >= self.most_elements {
            self.fault("attribute_limit", || {
                "further attributes were left out".to_owned()
            });
            return Next::Done;
        }
        let name = self.true_name(&written, id);
        let missed = self.by_id && id != 0 && id <= self.highest;
        if missed {
            let what = "the attribute is repeated or out of order: Android's manifest reader misses it";
            self.attribute_anomaly("attribute_order", &name, || what.to_owned());
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

    fn true_name(&mut self, written: &Text<'a>, id: u32) -> Text<'a> {
        if id == 0 {
            return written.clone();
        }
        let known = attrs::name_of(id);
        if known == Some(written) {
            return written.clone();
        }
        let framework = id >> 16 == 0x0101;
        let name = match known {
            Some(known) => Text::Borrowed(known),
            None if framework && (written.is_empty() || attrs::is_name(written)) => {
                Text::from(format!("{id:#010x}"))
            }
            None if written.is_empty() => Text::from(format!("{id:#010x}")),
            None => return written.clone(),
        };
        self.attribute_anomaly("attribute_name_mismatch", &name, || {
            format!("the attribute {id:#010x} is written as {:?}", shown_name(written))
        });
        name
    }

    /// Adds text to the element that is open.
    pub fn text(&mut self, text: Text<'a>) {
        const LOOKED_AT: usize = 256;
        let element = self
            .open
            .last()
            .and_then(|at| self.document.elements.get_mut(*at as usize));
        let Some(element) = element.filter(|element| self.too_deep == 0 && element.text.is_none()) else {
            return;
        };
        if !text.chars().take(LOOKED_AT).all(char::is_whitespace) {
            element.text = Some(text);
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

    /// Notes an anomaly in the element that is open, or in the whole document.
    pub fn anomaly(&mut self, code: &'static str, what: impl FnOnce() -> String) {
        let (document, open) = (&self.document, self.open.last());
        self.anomalies.note(code, || (place(document, open), what()));
    }

    fn attribute_anomaly(&mut self, code: &'static str, name: &str, what: impl FnOnce() -> String) {
        let (document, open) = (&self.document, self.open.last());
        self.anomalies.note(code, || {
            (format!("{}@{}", place(document, open), shown_name(name)), what())
        });
    }

    /// Notes a fault in the element that is open, or in the whole document.
    pub fn fault(&mut self, code: &'static str, what: impl FnOnce() -> String) {
        let (document, open) = (&self.document, self.open.last());
        self.faults.note(code, || (place(document, open), what()));
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
