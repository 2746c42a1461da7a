"""Files of complaints: known by content, drawn anew, and refused when they are something else, something more, or far too large."""

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image, ImageDraw

from mingjian.console.complaints.attachments import MOST_BYTES, cleaned
from mingjian.console.refused import RefusedError

MARKER = b"N31.2304 E121.4737 marker"


def drawn(form: str, **told: object) -> bytes:
    picture = Image.new("RGB", (64, 48), "white")
    ImageDraw.Draw(picture).rectangle((8, 8, 30, 30), fill="blue")
    out = io.BytesIO()
    picture.save(out, form, **told)
    return out.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def recording(*, place: bytes = MARKER, before: bytes = b"") -> bytes:
    track = box(b"trak", box(b"tkhd", bytes(84)) + box(b"udta", box(b"name", place)))
    moov = box(b"moov", box(b"mvhd", bytes(100)) + track + box(b"udta", box(b"\xa9xyz", place)) + box(b"meta", place))
    return box(b"ftyp", b"isom\x00\x00\x02\x00isommp42") + before + box(b"mdat", b"frames") + moov


def bomb() -> bytes:
    """A picture of 60000 by 60000 points in under a megabyte."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes(7501) * 600, 9)
    chunks = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("index.html", "<script>alert(1)</script>")
    return out.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(RefusedError) as error:
        cleaned([content])
    return error.value.key.rpartition(".")[2]


@pytest.mark.parametrize(("form", "kind"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_loses_what_it_tells_and_keeps_what_it_shows(form: str, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = MARKER.decode()
    exif.get_ifd(0x8825)[1] = "N"
    (clean,) = cleaned([drawn(form, exif=exif) + archive()])
    assert clean.kind == kind
    assert MARKER not in clean.content
    assert b"script" not in clean.content
    with Image.open(io.BytesIO(clean.content)) as picture:
        assert (picture.format, picture.size) == (form, (64, 48))
        assert not picture.getexif()
        red, green, blue = picture.convert("RGB").getpixel((16, 16))
        assert blue > 200
        assert max(red, green) < 60


def test_a_picture_taken_with_a_turned_phone_stays_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (clean,) = cleaned([drawn("JPEG", exif=exif)])
    with Image.open(io.BytesIO(clean.content)) as picture:
        assert picture.size == (48, 64)


def test_a_transparent_picture_stays_transparent() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    (clean,) = cleaned([out.getvalue()])
    with Image.open(io.BytesIO(clean.content)) as picture:
        assert picture.getpixel((0, 0))[3] == 0


def test_a_recording_loses_place_and_device_and_keeps_its_frames_where_they_are() -> None:
    before = recording()
    (clean,) = cleaned([before])
    assert clean.kind == "video/mp4"
    assert MARKER in before
    assert MARKER not in clean.content
    assert len(clean.content) == len(before)
    assert clean.content.index(b"frames") == before.index(b"frames")


def test_a_document_is_taken_whole() -> None:
    (clean,) = cleaned([b"%PDF-1.7\nwords\n%%EOF\r\n"])
    assert clean.kind == "application/pdf"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(100),
        archive(),
        b"\x89PNG\r\n\x1a\n<script>",
        b"\xff\xd8\xff\xe0" + b"<script>" * 50,
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"%PDF-1.4 without an end",
        b"%PDF-1.4\n%%EOF\n" + archive(),
        recording()[:-20],
        recording() + b"tail",
        recording(before=archive()),
        recording(before=box(b"html", b"<script>")),
        box(b"ftyp", b"isom\x00\x00\x02\x00") + box(b"moov", b""),
        box(b"ftyp", b"qqqq\x00\x00\x02\x00") + box(b"mdat", b"") + box(b"moov", b""),
        struct.pack(">I", 4) + b"ftyp" + bytes(40),
        struct.pack(">I", 2**31) + b"ftyp" + bytes(40),
    ],
)
def test_what_is_another_kind_or_more_than_one_is_refused(content: bytes) -> None:
    assert refused(content) == "file_kind"


def test_what_hides_in_unread_boxes_is_emptied() -> None:
    (clean,) = cleaned([recording(before=box(b"free", archive()))])
    assert b"index.html" not in clean.content


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refused(bomb()) in {"picture_large", "file_kind"}


def test_too_many_and_too_large_files_are_refused() -> None:
    with pytest.raises(RefusedError, match="files_many"):
        cleaned([b"%PDF-\n%%EOF"] * 6)
    with pytest.raises(RefusedError, match="files_large"):
        cleaned([bytes(MOST_BYTES), b"x"])
    assert refused(drawn("PNG")[:60]) == "file_kind"
