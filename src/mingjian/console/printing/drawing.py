"""What an SVG may hold to stand inside a page: shapes and words. Nothing that acts, styles the page, refers or names an anchor."""

from xml.parsers import expat

_ELEMENTS = frozenset({"svg", "g", "rect", "path", "line", "circle", "text", "tspan", "title", "desc"})
_REFUSED = frozenset({"style", "href", "xlink:href", "xml:base", "id"})
MOST_BYTES = 2 << 20
_NAMESPACES = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}


def require_still(svg: bytes) -> None:
    """Raises `ValueError` unless `svg` is one well-formed drawing without script, style, reference or entity."""
    if len(svg) > MOST_BYTES:
        raise ValueError("the drawing is too large")
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = _element
    parser.StartDoctypeDeclHandler = _refuse
    parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(svg, True)
    except expat.ExpatError as error:
        raise ValueError(f"the drawing is not well-formed ({error})") from error


def _element(name: str, attributes: dict[str, str]) -> None:
    if name not in _ELEMENTS:
        raise ValueError(f"a drawing holds no <{name}>")
    for key, value in attributes.items():
        known_space = key.startswith("xmlns") and _NAMESPACES.get(key) == value
        if not known_space and (key.startswith(("on", "xmlns")) or key in _REFUSED or "url(" in value.lower()):
            raise ValueError(f"a drawing holds no attribute {key} with this value")


def _refuse(*_: object) -> None:
    raise ValueError("a drawing has no document type and no instructions")
