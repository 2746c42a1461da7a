"""A report made by hand, with hostile names, for the renderers."""

from dataclasses import replace

from mingjian.judge import judge, load, necessity
from mingjian.model.line import parse
from mingjian.model.types import (
    Actor,
    Artifact,
    Coverage,
    Evidence,
    Observation,
    Report,
    Signer,
    Subject,
    Text,
    Tool,
)

HOSTILE = "</script><script>alert('1')</script>{{7*7}}[bold]"
DIGEST = "ab" * 32
LINES = (
    "possible collect device.android_id by sdk.umeng_analytics during app_start via code",
    "declared legible.small by app via layout count 8",
    "declared tick.preset by app via layout",
    "declared declare permission.contacts.READ_CONTACTS by app via manifest",
)


def observation(line: str) -> Observation:
    excerpt = f"0017: const-string v1, {HOSTILE}\n001a: invoke-virtual {{v0}}"
    evidence = Evidence(DIGEST, "dex:classes2.dex!Lcom/a/B;->c(I)V+0x1a", excerpt)
    return replace(parse(line), evidence=(evidence,), sites=3, extractor="code")


def report(label: str = HOSTILE, lines: tuple[str, ...] = LINES) -> Report:
    pack = load("cac-2019")
    observations = tuple(map(observation, lines))
    coverage = (
        Coverage("manifest", "manifest", "complete", count=20),
        Coverage("code", "code", "partial", reason=Text("有一个加密载荷", "one payload is encrypted"), count=2),
        Coverage("policy", "inputs", "absent", reason=Text("未提供", "not supplied")),
    )
    signer = Signer("cd" * 32, HOSTILE, "v3", "yes")
    subject = Subject(DIGEST, "android", "com.example.food", "3.2.1", label, signer, (Artifact(DIGEST, "package", "a b.apk", 9),))
    subject = replace(subject, category="food_delivery")
    return Report(
        tool=Tool("0.1.0", "ef" * 32, "full"),
        subject=subject,
        packs=(pack.stamp,),
        clauses=pack.clauses,
        coverage=coverage,
        observations=observations,
        findings=judge(pack, observations, coverage, subject),
        created_at="2026-11-22T16:00:00+08:00",
        necessity=necessity(observations, coverage, subject, pack.whens),
        actors=(Actor("sdk.umeng_analytics", Text("友盟+统计", "Umeng"), ("友盟同欣(北京)科技有限公司",)),),
    )
