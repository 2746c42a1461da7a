"""Whatever is put into the chain has words for it in both languages."""

import re
from pathlib import Path

import mingjian.console
from mingjian.model.texts import keys

CONSOLE = Path(mingjian.console.__file__).parent
_ACT = re.compile(
    r"\brecord(?:ed)?\(\s*(?:[^()\"]*\bif\b)?[^()]*?\"((?:account|case|complaints?|decision|evidence|figures|inspection|lake|notice|template|token|webhook)\.[a-z_]+)\""
)


def test_every_act_of_the_chain_has_words() -> None:
    acts = {act for file in CONSOLE.rglob("*.py") for act in _ACT.findall(file.read_text(encoding="utf-8"))}
    assert len(acts) > 40
    assert {f"console.audit.act.{act}" for act in acts} - keys() == set()
