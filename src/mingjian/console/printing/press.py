"""The process that sets one document. It is a program of its own, so that it can be limited and killed; it imports the typesetter and
nothing of ours.

On standard input a JSON object: `template` (typst source, ours), `document` (JSON text, the only thing that holds words of others),
`standards` of PDF to keep to, `folders` of fonts, `root` (an empty folder: the only place that typst may read), `memory` in bytes and
`seconds` of processor time.
On standard output the PDF."""

import json
import sys
from typing import Any

import typst

try:
    import resource
except ImportError:  # There is none on Windows, where the time that the parent allows is the only limit.
    resource = None  # type: ignore[assignment]


def limit(memory: int, seconds: int) -> None:
    """From here on at most so many bytes of address space and so much time; no file can be written, and no dump is left."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def press(request: dict[str, Any]) -> bytes:
    """The PDF: tagged, with the same bytes for the same request."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=request["folders"])
    return typst.compile(
        request["template"].encode(),
        root=request["root"],
        font_paths=fonts,
        format="pdf",
        sys_inputs={"document": request["document"]},
        pdf_standards=request["standards"],
        package_path=request["root"],
        package_cache_path=request["root"],
        timestamp=0,
    )


def main() -> None:
    """Reads the request, limits itself, answers."""
    request = json.load(sys.stdin.buffer)
    limit(request["memory"], request["seconds"])
    try:
        printed = press(request)
    except typst.TypstError as error:
        sys.exit(error.message)
    sys.stdout.buffer.write(printed)


if __name__ == "__main__":
    main()
