"""Which of the stored files are pictures that a browser may show."""

from pathlib import Path

from PIL import Image, UnidentifiedImageError

_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}
_MOST_PIXELS = 40_000_000


def picture_type(path: Path) -> str:
    """The media type of a real PNG or JPEG picture of no more pixels than a screen has; empty for anything else, whatever its name says."""
    try:
        with Image.open(path, formats=tuple(_TYPES)) as picture:
            fits = picture.width * picture.height <= _MOST_PIXELS
            picture.verify()
            return _TYPES[str(picture.format)] if fits else ""
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError):
        return ""
