"""A report about an app whose maker chose every name in it."""

from dataclasses import replace

from mingjian.model.line import parse
from mingjian.model.types import Actor, Artifact, Coverage, Evidence, Observation, Report, Signer, Subject, Text, Tool
from mingjian.scan import judge_again

_DIGEST = "ab" * 32


def report_of(name: str) -> Report:
    """A report in which every text that comes from a package or from its file is `name`."""
    observation = replace(
        parse("possible collect device.android_id by sdk.evil during app_start via code"),
        evidence=(Evidence(_DIGEST, f"dex:{name}!L{name};->c(I)V+0x1a", f"0017: const-string v1, {name}\n001a: nop"),),
    )
    facts: tuple[Observation, ...] = (observation, parse("declared tick.preset by app via layout"))
    file = Artifact(_DIGEST, "package", f"{name}.apk", 1)
    said = Text(name, name)
    seen = Report(
        tool=Tool("0", _DIGEST, "full"),
        subject=Subject(_DIGEST, "android", name, name, name, Signer(_DIGEST, name, "v2", "yes"), (file,), operator=name),
        packs=(),
        clauses=(),
        coverage=(Coverage("code", "code", "partial", artifact=_DIGEST, reason=said, count=1),),
        observations=facts,
        findings=(),
        created_at="2020-01-01T00:00:00+00:00",
        actors=(Actor("sdk.evil", said, (name,)),),
    )
    return judge_again(seen, ("cac-2019",))
