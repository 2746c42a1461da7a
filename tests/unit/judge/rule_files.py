"""Builds rule packs of invented law in a folder."""

from pathlib import Path
from textwrap import indent

PACK = "id: mini\nversion: 1\ntitle: {zh: 小包, en: Mini}\ninstrument: MINI\n"

EXAMPLES = """\
- name: read before consent
  covered: [api@before_consent]
  given:
    - observed collect device.android_id by sdk.umeng during before_consent via api
  expect: violated
- name: read after consent
  near_miss: true
  covered: [api@before_consent]
  given:
    - observed collect device.android_id by sdk.umeng during foreground via api
  expect: satisfied
- name: nothing recorded
  given: []
  expect: inconclusive
"""

VIOLATED_IF = "seen: {mode: observed, channel: api, action: collect, data: device, phase: before_consent}"


def clause(
    logic: str = f"violated_if:\n  {VIOLATED_IF}\n",
    number: str = "1.1",
    needs: str = "[api@before_consent]",
    examples: str = EXAMPLES,
    status: str = "preview",
) -> str:
    """The text of a clause file; `logic` holds the headings from `helps` to `checklist`, whole lines."""
    chapter, item = number.split(".")
    return (
        f"id: mini/{number}\ntitle: {{zh: 标题, en: Title}}\n"
        f"cites: {{instrument: MINI, chapter: {chapter}, item: {item}, confidence: read}}\n"
        f"severity: high\nstatus: {status}\nneeds: {needs}\n{logic}"
        f"message: {{zh: 消息, en: Message}}\nremedy: {{zh: 整改, en: Remedy}}\nexamples:\n{indent(examples, '  ')}"
    )


def signal(name: str, when: str, examples: str = "[]") -> str:
    """The text of a signal file; `when` is one line of an expression."""
    return f"name: {name}\ntitle: {{zh: 信号, en: Signal}}\nwhen:\n  {when}\nexamples: {examples}\n"


def write_pack(folder: Path, clauses: dict[str, str], signals: dict[str, str] | None = None, head: str = PACK) -> str:
    """Writes a pack named `mini` below `folder`; file names are stems. The path of the pack."""
    pack = folder / "mini"
    for kind, files in (("clauses", clauses), ("signals", signals or {})):
        (pack / kind).mkdir(parents=True, exist_ok=True)
        for stem, text in files.items():
            (pack / kind / f"{stem}.yml").write_text(text, encoding="utf-8")
    (pack / "pack.yml").write_text(head, encoding="utf-8")
    return str(pack)
