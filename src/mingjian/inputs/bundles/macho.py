"""One Mach-O file: what it imports, which classes and texts it holds. Parsed by LIEF, whose C++ meets hostile bytes: in the child only."""

import struct
from collections.abc import Iterator
from typing import Any

import lief

from mingjian.inputs.bundles.asked import Asked, binary, hit
from mingjian.inputs.bundles.unreadable import UnreadableError

_FAT = {0xCAFEBABE: ">iiIII", 0xCAFEBABF: ">iiQQII"}
_THIN = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
_ARM64 = 0x0100000C
_MOST_SLICES = 32
_MOST_COMMANDS = 4096
_SYMTAB = 0x2
_CLASS = "_OBJC_CLASS_$_"
_TEXTS = {"__objc_classname": "class", "__objc_methname": "text", "__cstring": "text"}
_CHUNK = 1 << 20
_FAULTS = (UnicodeError, ValueError, RuntimeError, LookupError, OverflowError, TypeError, AttributeError)
"""What the binding raises for what the parser took in and cannot say."""


def prepare() -> None:
    """Before the process is confined: from here on the parser says nothing on the error stream, which nobody empties."""
    lief.logging.disable()


def read(path: str, content: bytes, asked: Asked) -> dict[str, Any]:
    """What the slice that a phone of today runs answers. Raises `UnreadableError`."""
    start, size = _slice(content)
    thin = content[start : start + size] if (start, size) != (0, len(content)) else content
    if thin[:4] not in _THIN:
        raise UnreadableError("macho", path)
    _refuse_damaged(thin, path)
    try:
        parsed = _parse(thin)
        if parsed is None:
            raise UnreadableError("macho", path)
        _refuse_cut(parsed, len(thin), path)
        hidden = _hidden(parsed)
        counted = [0]
        hits = [*_imports(parsed, asked), *_texts(parsed, thin, start, hidden, asked, counted)]
    except _FAULTS as error:
        raise UnreadableError("macho", f"{path}: {type(error).__name__}") from error
    return binary(path, "macho", len(content), hits, classes=counted[0], encrypted=hidden is not None)


def _refuse_damaged(thin: bytes, path: str) -> None:
    """LIEF takes the load commands up to the first that is damaged, and no symbols when their table lies outside; what they would have
    said must not pass for what is not there."""
    head = 32 if thin[:4] == _THIN[0] else 28
    if len(thin) < head:
        raise UnreadableError("macho_cut", path)
    count, size = struct.unpack_from("<II", thin, 16)
    if count > _MOST_COMMANDS or head + size > len(thin):
        raise UnreadableError("macho", f"{path}: load commands")
    at, end = head, head + size
    for _ in range(count):
        kind, length = struct.unpack_from("<II", thin, at) if at + 8 <= end else (0, 0)
        if length < 8 or at + length > end:
            raise UnreadableError("macho", f"{path}: load command at {at}")
        if kind == _SYMTAB:
            symbols, many, texts, long = struct.unpack_from("<IIII", thin, at + 8) if length >= 24 else (0, len(thin), 0, 0)
            if symbols + many * (16 if head == 32 else 12) > len(thin) or texts + long > len(thin):
                raise UnreadableError("macho_cut", f"{path}: symbols")
        at += length
    if at != end:
        raise UnreadableError("macho", f"{path}: load commands")


def _slice(content: bytes) -> tuple[int, int]:
    shape = _FAT.get(int.from_bytes(content[:4], "big"))
    if shape is None:
        return 0, len(content)
    count = int.from_bytes(content[4:8], "big")
    if not 0 < count <= _MOST_SLICES or len(content) < 8 + count * struct.calcsize(shape):
        raise UnreadableError("macho_fat", str(count))
    slices = [struct.unpack_from(shape, content, 8 + at * struct.calcsize(shape)) for at in range(count)]
    for _, _, offset, size, *_ in slices:
        if offset + size > len(content) or not size:
            raise UnreadableError("macho_fat", f"{offset}+{size}")
    chosen = next((each for each in slices if each[0] == _ARM64), slices[0])
    return chosen[2], chosen[3]


def _parse(thin: bytes) -> Any:
    config = lief.MachO.ParserConfig()
    # Symbols stand in the symbol table; unwinding bindings and exports costs time and says no more.
    config.parse_dyld_bindings = config.parse_dyld_exports = config.parse_dyld_rebases = False
    config.fix_from_memory = config.from_dyld_shared_cache = False
    parsed = lief.MachO.parse(thin, config)
    return parsed.at(0) if parsed is not None and len(parsed) else None


def _refuse_cut(parsed: Any, size: int, path: str) -> None:
    """LIEF takes what is there of a file that is cut; what is not there must not pass for what does not exist."""
    segments = list(parsed.segments)
    if not segments:
        raise UnreadableError("macho", f"{path}: no segments")
    for segment in segments:
        if segment.file_offset + segment.file_size > size:
            raise UnreadableError("macho_cut", path)


def _hidden(parsed: Any) -> tuple[int, int] | None:
    """The bytes that are encrypted, as those of packages from the store are."""
    if not parsed.has_encryption_info or not parsed.encryption_info.crypt_id:
        return None
    return parsed.encryption_info.crypt_offset, parsed.encryption_info.crypt_offset + parsed.encryption_info.crypt_size


def _imports(parsed: Any, asked: Asked) -> Iterator[dict[str, Any]]:
    libraries = [_name(each) for each in parsed.libraries]
    for library in libraries:
        yield hit("library", library)
    seen = set()
    for symbol in parsed.imported_symbols:
        name = _name(symbol)
        if name in seen or not name:
            continue
        seen.add(name)
        bare = name.removeprefix(_CLASS)
        if name in asked.imports or (bare != name and asked.names(bare)):
            ordinal = (symbol.description >> 8) & 0xFF
            yield hit("import", name, library=libraries[ordinal - 1] if 0 < ordinal <= len(libraries) else "")


def _texts(
    parsed: Any, thin: bytes, start: int, hidden: tuple[int, int] | None, asked: Asked, counted: list[int]
) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, bytes]] = set()
    left = len(thin)
    for section in parsed.sections:
        kind = _TEXTS.get(section.name)
        begin, end = section.offset, min(section.offset + section.size, len(thin))
        if kind is None or (hidden and begin < hidden[1] and end > hidden[0]):
            continue
        # Those of a real file share no byte, so that all together are no longer than it.
        left -= max(0, end - begin)
        if left < 0 or section.offset + section.size > len(thin):
            raise ValueError("sections")
        for at, piece in _pieces(thin, begin, end):
            counted[0] += kind == "class"
            if kind == "class":
                name = piece.decode("utf-8", "replace")
                wanted = asked.names(name)
            else:
                wanted = piece in asked.texts
            if wanted and (kind, piece) not in seen:
                seen.add((kind, piece))
                yield hit(kind, piece.decode("utf-8", "replace"), start + at)


def _pieces(thin: bytes, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The texts between zero bytes, with their places; a long one is passed over, as nobody asks for such."""
    while begin < end:
        stop = min(begin + _CHUNK, end)
        last = thin.rfind(b"\0", begin, stop)
        # A mebibyte without an end holds no name.
        stop = stop if last < begin else last + 1
        at = begin
        for piece in thin[begin:stop].split(b"\0"):
            if piece:
                yield at, piece
            at += len(piece) + 1
        begin = stop


def _name(thing: Any) -> str:
    try:
        return str(thing.name)
    except UnicodeError:
        return ""
