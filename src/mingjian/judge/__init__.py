"""Rules over observations: packs of clauses in YAML, three-valued evaluation, findings with the tree of why. Pure; needs no Rust build."""

from mingjian.judge.consistency import compare_with_policy
from mingjian.judge.load import load, pack_folder, shipped_packs
from mingjian.judge.necessity import necessity
from mingjian.judge.rule import Pack
from mingjian.judge.verdict import asked, in_force, judge

__all__ = ["Pack", "asked", "compare_with_policy", "in_force", "judge", "load", "necessity", "pack_folder", "shipped_packs"]
