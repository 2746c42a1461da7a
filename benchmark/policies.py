"""The policy of a dossier: named fragments of text, statements and tables, written as the pages that an operator would publish."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from io import BytesIO
from typing import Any

from opencc import OpenCC
from PIL import Image, ImageDraw

_WIDTH = 720
_HEAD = '<!DOCTYPE html>\n<html lang="{lang}">\n<head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n'


def pages(policy: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a policy, by name; the first is the policy itself.

    `title`, `lang` and `parts`; a part is a text (paragraphs by line, a heading behind `# `), or a mapping with `heading` and
    `statements` (with `say`, a sentence with fields, and `columns`), `table` (`columns`, `rows`) or `text` and its `times`. `form` says
    how it is published: `text`; `table` (statements as rows); `picture` (nothing but an image); `linked` (parts named in `linked` stand
    on a page of their own). `script` may be `traditional`."""
    if policy.get("script") == "traditional":
        written = pages({key: value for key, value in policy.items() if key != "script"})
        return {name: OpenCC("s2t").convert(text.decode()).encode() if name.endswith(".html") else text for name, text in written.items()}
    form = policy.get("form", "text")
    title, lang = str(policy["title"]), str(policy.get("lang", "zh-CN"))
    parts: Mapping[str, Any] = policy["parts"]
    if form == "picture":
        body = '<p><img src="policy.png" alt=""></p>\n'
        return {"policy.html": _page(title, lang, body), "policy.png": _picture(len(parts))}
    away = [name for name in policy.get("linked", ()) if name in parts] if form == "linked" else []
    files = {f"{name}.html": _page(_heading(parts[name], title), lang, _part(parts[name], as_table=False)) for name in away}
    body = f"<h1>{escape(title)}</h1>\n"
    for name, part in parts.items():
        heading = _heading(part, name)
        if name in away:
            body += f'<h2>{escape(heading)}</h2>\n<p>详见<a href="{name}.html">《{escape(heading)}》</a>。</p>\n'
        else:
            body += _part(part, as_table=form == "table")
    return {"policy.html": _page(title, lang, body), **files}


def _page(title: str, lang: str, body: str) -> bytes:
    return (_HEAD.format(lang=lang, title=escape(title)) + body + "</body>\n</html>\n").encode()


def _heading(part: Any, otherwise: str) -> str:
    if isinstance(part, Mapping):
        return str(part.get("heading", otherwise))
    first = str(part).strip().partition("\n")[0]
    return first[2:] if first.startswith("# ") else otherwise


def _part(part: Any, as_table: bool) -> str:
    if not isinstance(part, Mapping):
        lines = [line.strip() for line in str(part).splitlines() if line.strip()]
        return "".join(f"<h2>{escape(line[2:])}</h2>\n" if line.startswith("# ") else f"<p>{escape(line)}</p>\n" for line in lines)
    out = f"<h2>{escape(str(part['heading']))}</h2>\n" if "heading" in part else ""
    out += "".join(f"<p>{escape(line)}</p>\n" for line in part.get("before", ()))
    out += "".join(f"<p>{escape(line)}</p>\n" for line in str(part.get("text", "")).splitlines()) * int(part.get("times", 1))
    if "table" in part:
        out += _table(part["table"]["columns"], part["table"]["rows"])
    elif "statements" in part:
        rows = part["statements"]
        rows = list(rows.values()) if isinstance(rows, Mapping) else rows
        if as_table:
            columns = part["columns"]
            out += _table(list(columns.values()), [[row.get(key, "") for key in columns] for row in rows])
        else:
            out += "".join(f"<p>{escape(part['say'].format(**row))}</p>\n" for row in rows)
    return out + "".join(f"<p>{escape(line)}</p>\n" for line in part.get("after", ()))


def _table(columns: Any, rows: Any) -> str:
    rows = rows.values() if isinstance(rows, Mapping) else rows
    head = "".join(f"<th>{escape(str(cell))}</th>" for cell in columns)
    lines = "\n".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table border="1">\n<tr>{head}</tr>\n{lines}\n</table>\n'


def _picture(parts: int) -> bytes:
    """Lines where a picture of the text has its lines: nobody reads it without looking, and no tool is asked to."""
    image = Image.new("L", (_WIDTH, 120 * max(parts, 1)), 255)
    draw = ImageDraw.Draw(image)
    for line in range(0, image.height - 20, 24):
        draw.rectangle((20, line + 6, _WIDTH - 20, line + 16), fill=90)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
