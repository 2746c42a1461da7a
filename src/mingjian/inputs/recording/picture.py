"""A screenshot, and what it shows of an element's text: its height, and its contrast to the ground."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import cast

from PIL import Image, ImageChops, UnidentifiedImageError

from mingjian.model.run import Node, Shade

MOST_PIXELS = 40_000_000
"""The largest picture; screens of phones have ten million at most."""
MOST_SHADES = 400
"""Elements measured on one screen."""
MOST_AREA = 4_000_000
"""The largest element that is measured, in square pixels."""

Colour = tuple[int, int, int]

_FORMATS = ("PNG", "JPEG")
_FEWEST_PIXELS = 3
_NO_CONTRAST = 1.05


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that could be read, in red, green and blue."""

    image: Image.Image

    @classmethod
    def of(cls, content: bytes) -> "Picture | None":
        """The picture in a PNG or JPEG file; none for anything else, for a broken one, and for one that is larger than a screen."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(BytesIO(content), formats=_FORMATS) as image:
                    if image.width * image.height > MOST_PIXELS:
                        return None
                    return cls(image.convert("RGB"))
        # What Pillow's readers of broken files raise.
        except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError, SyntaxError):
            return None


def shades(picture: Picture, nodes: Sequence[Node]) -> tuple[Shade, ...]:
    """Height and contrast of the text of each element that has text and holds no other element. Heights are in the pixels of the
    bounds. Empty when the picture is not one of this screen: its sides have other proportions."""
    scale = _scale(picture, nodes)
    if scale is None:
        return ()
    found: list[Shade] = []
    parents = {node.up for node in nodes}
    for index, node in enumerate(nodes):
        if not node.text.strip() or node.bounds is None or index in parents:
            continue
        if len(found) >= MOST_SHADES:
            break
        shade = _measured(picture, node.bounds, scale)
        if shade is not None:
            found.append(Shade(node=index, height=round(shade[0], 1), contrast=round(shade[1], 2)))
    return tuple(found)


def _scale(picture: Picture, nodes: Sequence[Node]) -> float | None:
    """Pixels of the picture for one of the bounds."""
    width = max((node.bounds[2] for node in nodes if node.bounds), default=0)
    height = max((node.bounds[3] for node in nodes if node.bounds), default=0)
    if width <= 0 or height <= 0:
        return None
    scale = picture.image.width / width
    # The system's bars may lie outside the tree, never the tree outside the picture.
    fits = height * scale <= picture.image.height * 1.01 and height * scale >= picture.image.height * 0.8
    return scale if fits else None


def _measured(picture: Picture, bounds: tuple[int, int, int, int], scale: float) -> tuple[float, float] | None:
    left, top, right, bottom = (round(side * scale) for side in bounds)
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, picture.image.width), min(bottom, picture.image.height)
    if right - left < 2 or bottom - top < 2 or (right - left) * (bottom - top) > MOST_AREA:
        return None
    crop = picture.image.crop((left, top, right, bottom))
    colours = cast(list[tuple[int, Colour]], crop.getcolors((right - left) * (bottom - top)))
    ground = max(colours)[1]
    # Edges of letters are blends of text and ground, and noise is single pixels: the text is what differs most and is no noise.
    seen = [colour for count, colour in colours if count >= _FEWEST_PIXELS]
    ratio, ink = max((contrast(colour, ground), colour) for colour in (seen or [ground]))
    if ratio < _NO_CONTRAST:
        return None
    height = max(_lines(crop, ground, ink), default=0)
    return (height / scale, ratio) if height else None


def _lines(crop: Image.Image, ground: Colour, ink: Colour) -> Iterator[int]:
    """The height of each run of rows in which something stands that is nearer to the ink than to the ground."""
    apart = max(abs(one - other) for one, other in zip(ground, ink, strict=True))
    bands = ImageChops.difference(crop, Image.new("RGB", crop.size, ground)).split()
    strongest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    _, rows = strongest.point([255 if level * 2 > apart else 0 for level in range(256)]).getprojection()
    for inked, run in groupby(rows):
        if inked:
            yield len(list(run))


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours as WCAG defines it, 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
