"""Rules over observations: packs of clauses in YAML, three-valued evaluation, findings with the tree of why. Pure; needs no Rust build."""

from mingjian.judge.consistency import compare_with_policy
from mingjian.judge.load import load, loaded, pack_folder, pack_names, shipped_packs
from mingjian.judge.necessity import necessity
from mingjian.judge.proposed import judge
from mingjian.judge.rule import Pack
from mingjian.judge.verdict import asked, in_force

__all__ = [
    "Pack",
    "asked",
    "compare_with_policy",
    "in_force",
    "judge",
    "load",
    "loaded",
    "necessity",
    "pack_folder",
    "pack_names",
    "shipped_packs",
]
