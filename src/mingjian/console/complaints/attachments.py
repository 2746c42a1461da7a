"""Files that come with a complaint: few kinds, known by their content; what they tell of the person besides what is seen is removed."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from mingjian.console.complaints import video
from mingjian.console.refused import RefusedError

MOST_FILES = 5
MOST_BYTES = 20 * 1024 * 1024
"""Of all files of one complaint together."""
_MOST_PIXELS = 24_000_000
_LONGEST_SIDE = 12_000
_PICTURES = ("PNG", "JPEG", "WEBP")
_PDF_END = b"%%EOF"


@dataclass(frozen=True, slots=True)
class Clean:
    """A file that may be kept: `kind` is its media type, `content` holds no data about place, device or author where we can remove it."""

    kind: str
    content: bytes


def cleaned(files: list[bytes]) -> list[Clean]:
    """The files as they may be kept. Raises `RefusedError` for too many, too large or of another kind than their content must be."""
    if len(files) > MOST_FILES:
        raise RefusedError("console.complaints.refused.files_many", most=MOST_FILES)
    if sum(map(len, files)) > MOST_BYTES:
        raise RefusedError("console.complaints.refused.files_large", most=MOST_BYTES // 1024 // 1024)
    return [_cleaned(content, number) for number, content in enumerate(files, start=1)]


def _cleaned(content: bytes, number: int) -> Clean:
    if content.startswith(b"%PDF-"):
        # Whatever follows the end would make the file something else too, such as an archive.
        if _PDF_END in content and not content[content.rindex(_PDF_END) + len(_PDF_END) :].strip():
            return Clean("application/pdf", content)
    elif content[4:8] == b"ftyp":
        try:
            return Clean("video/mp4", video.without_metadata(content))
        except video.NoVideoError as error:
            raise RefusedError("console.complaints.refused.file_kind", number=number) from error
    else:
        return _picture(content, number)
    raise RefusedError("console.complaints.refused.file_kind", number=number)


def _picture(content: bytes, number: int) -> Clean:
    """The picture drawn anew from its pixels: no place, no camera, no second file behind its end."""
    drawn = io.BytesIO()
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=_PICTURES) as picture:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if picture.width * picture.height > _MOST_PIXELS or max(picture.size) > _LONGEST_SIDE:
                raise RefusedError("console.complaints.refused.picture_large", number=number, most=_MOST_PIXELS // 1_000_000)
            form = str(picture.format)
            upright = ImageOps.exif_transpose(picture)
            seen = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
            if form == "JPEG":
                seen = seen.convert("RGB")
            bare = Image.new(seen.mode, seen.size)
            bare.paste(seen)
            bare.save(drawn, form, **({"quality": 90} if form != "PNG" else {}))
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise RefusedError("console.complaints.refused.file_kind", number=number) from error
    return Clean(f"image/{form.lower()}", drawn.getvalue())
