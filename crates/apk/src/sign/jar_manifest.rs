//! The text format of `MANIFEST.MF` and `*.SF`: sections of `Name: value` lines, of which the digests of the other file speak.

/// One section: its attributes, and the bytes it stands on with the empty line that ends it.
pub(super) struct Section<'a> {
    pub(super) raw: &'a [u8],
    attributes: Vec<(String, String)>,
}

impl Section<'_> {
    /// An attribute; case does not matter in its name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// All sections in order; the first is the main one. Lines that are no attributes are passed over.
pub(super) fn sections(text: &[u8]) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut lines: Vec<Vec<u8>> = Vec::new();
    while at < text.len() {
        let (line, next) = line(text, at);
        at = next;
        match line {
            [] => {
                sections.push(section(&text[start..at], &mut lines));
                start = at;
            }
            [b' ', rest @ ..] => {
                if let Some(last) = lines.last_mut() {
                    last.extend_from_slice(rest);
                }
            }
            _ => lines.push(line.to_vec()),
        }
    }
    if !lines.is_empty() {
        sections.push(section(&text[start..], &mut lines));
    }
    sections.retain(|section| !section.attributes.is_empty());
    sections
}

/// The line at an offset without its ending, and where the next begins.
fn line(text: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &text[at..];
    let end = rest
        .iter()
        .position(|&byte| byte == b'\n' || byte == b'\r')
        .unwrap_or(rest.len());
    let ending = if rest[end..].starts_with(b"\r\n") {
        2
    } else {
        usize::from(end < rest.len())
    };
    (&rest[..end], at.saturating_add(end).saturating_add(ending))
}

fn section<'a>(raw: &'a [u8], lines: &mut Vec<Vec<u8>>) -> Section<'a> {
    let attributes = lines
        .drain(..)
        .filter_map(|line| {
            let line = String::from_utf8_lossy(&line).into_owned();
            line.split_once(": ")
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
        })
        .collect();
    Section { raw, attributes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_keeps_its_bytes_and_joins_folded_lines() {
        let text = b"Manifest-Version: 1.0\r\n\r\nName: res/lay\r\n out.xml\r\nSHA-256-Digest: eA==\r\n\r\nName: b\r\n\r\n";
        let sections = sections(text);
        assert_eq!(sections.len(), 3);
        assert_eq!(sections[0].raw, b"Manifest-Version: 1.0\r\n\r\n");
        assert_eq!(sections[1].get("name"), Some("res/layout.xml"));
        assert_eq!(sections[1].get("sha-256-digest"), Some("eA=="));
        assert_eq!(sections[2].raw, b"Name: b\r\n\r\n");
    }

    #[test]
    fn a_text_without_a_last_line_end_is_read_to_its_end() {
        let sections = sections(b"A: 1\n\nName: x\nB: 2");
        assert_eq!(sections[1].get("b"), Some("2"));
    }
}
