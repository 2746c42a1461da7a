"""Takes compression off content, to a size that is bounded whatever the content claims."""

import zlib

import brotli

MOST_UNPACKED = 8 << 20
"""Bytes; what unpacks to more is read up to here."""

_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_MOST_ENCODINGS = 4


class PackedError(ValueError):
    """Content that cannot be unpacked."""


def unpacked(content: bytes, encoding: str) -> tuple[bytes, bool]:
    """The content without its encodings (`gzip, br`), and whether that is all of it. A tool may have unpacked it already and kept
    the header. Raises `PackedError`."""
    whole = True
    for name in reversed([each.strip().lower() for each in encoding.split(",")][:_MOST_ENCODINGS]):
        content, complete = _one(content, name)
        whole = whole and complete
    if content.startswith(_GZIP):
        content, complete = inflated(content)
        whole = whole and complete
    elif content.startswith(_ZSTD):
        raise PackedError("zstd")
    return content, whole


def inflated(content: bytes) -> tuple[bytes, bool]:
    """Gzip, zlib or bare deflate taken off, and whether that is all of it. Raises `PackedError`."""
    for bits in (47, -15):
        unpacker = zlib.decompressobj(bits)
        try:
            return unpacker.decompress(content, MOST_UNPACKED), unpacker.eof
        except zlib.error:
            continue
    return _until_the_fault(content)


def _until_the_fault(content: bytes) -> tuple[bytes, bool]:
    """What a damaged stream gives before its fault."""
    unpacker, found = zlib.decompressobj(47), bytearray()
    try:
        for start in range(0, len(content), 512):
            found += unpacker.decompress(content[start : start + 512], MOST_UNPACKED - len(found) or 1)
            if len(found) >= MOST_UNPACKED:
                break
    except zlib.error as error:
        if not found:
            raise PackedError("deflate") from error
    return bytes(found), False


def _one(content: bytes, name: str) -> tuple[bytes, bool]:
    if name in ("gzip", "x-gzip"):
        return inflated(content) if content.startswith(_GZIP[:2]) else (content, True)
    if name == "deflate":
        return _deflated(content)
    if name == "br":
        return _brotli(content)
    if name == "zstd" and content.startswith(_ZSTD):
        raise PackedError("zstd")
    return content, True


def _deflated(content: bytes) -> tuple[bytes, bool]:
    try:
        return inflated(content)
    except PackedError:
        if _is_text(content):
            return content, True
        raise


def _brotli(content: bytes) -> tuple[bytes, bool]:
    unpacker = brotli.Decompressor()
    try:
        found = unpacker.process(content, output_buffer_limit=MOST_UNPACKED)
    except brotli.error as error:
        # Brotli has no magic number, so content that a tool has unpacked already is known only by being text.
        if _is_text(content):
            return content, True
        raise PackedError("br") from error
    return found, unpacker.is_finished()


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
