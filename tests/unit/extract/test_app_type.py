"""What of a package, a policy and a recording speaks for a type."""

from types import SimpleNamespace
from typing import Any

from mingjian.extract import app_type
from mingjian.model.document import Block, Document
from mingjian.model.types import Moment, Observation, Proposal
from mingjian.nlp.app_types import Clues


def component(name: str, kind: str = "activity", permission: str | None = None, target: str | None = None) -> dict[str, Any]:
    return {"name": name, "kind": kind, "permission": permission, "target": target}


def gathered(monkeypatch: Any, components: list[dict[str, Any]], policy: str = "", observations: tuple[Observation, ...] = ()) -> Clues:
    """The clues that the reader of text is given."""
    given: list[Clues] = []

    def heard(clues: Clues) -> Proposal:
        given.append(clues)
        return Proposal("unknown")

    monkeypatch.setattr(app_type, "propose", heard)
    manifest = {
        "label": {"": "Snack", "zh-CN": "点心", "zh": "点心"},
        "permissions": [{"name": "android.permission.CAMERA"}, {"name": "android.permission.CAMERA"}],
        "components": components,
    }
    documents = [Document("0" * 64, "p.txt", policy, (Block("paragraph", 0, len(policy)),))]
    timeline = [Moment(1.0, "screen", "书架", "foreground", "r", "run:1"), Moment(2.0, "request", "GET a/b", "foreground", "r", "run:2")]
    reader: Any = SimpleNamespace(manifest=manifest)
    app_type.proposal_of(reader, "说明", documents, observations, timeline)
    return given[0]


def test_screens_of_others_and_plumbing_say_nothing_of_the_app(monkeypatch: Any) -> None:
    found = gathered(
        monkeypatch,
        [
            component("com.a.ReaderActivity"),
            component("com.a.Alias", "alias", target="com.a.ShelfActivity"),
            component("com.a.BootReceiver", "receiver"),
            component("com.umeng.message.UmengService", "service"),
            component("androidx.work.Work", "service"),
        ],
    )
    assert found.components == ("com.a.ReaderActivity", "com.a.ShelfActivity")
    assert (found.labels, found.description, found.screens) == (("Snack", "点心"), "说明", ("书架",))


def test_a_service_that_only_the_system_binds_tells_what_it_is(monkeypatch: Any) -> None:
    """An input method asks for no permission of that name: it demands it of who binds it. An activity's does not count."""
    found = gathered(
        monkeypatch,
        [
            component("com.a.Keys", "service", "android.permission.BIND_INPUT_METHOD"),
            component("com.a.Pay", "activity", "com.a.permission.PAY"),
        ],
    )
    assert found.permissions == ("android.permission.CAMERA", "android.permission.BIND_INPUT_METHOD")


def test_of_a_policy_only_what_the_product_is_counts(monkeypatch: Any) -> None:
    found = gathered(monkeypatch, [], "点心是一款记账工具。\n支付时我们收集银行卡号！\n我们收集位置信息。")
    assert found.policy == "点心是一款记账工具"


def test_sdks_count_by_what_they_are_for_where_the_package_holds_them(monkeypatch: Any) -> None:
    held = Observation("declared", "manifest", "embed", None, "sdk.alipay")
    claimed = Observation("claimed", "policy", "embed", None, "sdk.umeng_analytics")
    assert gathered(monkeypatch, [], "", (held, claimed)).sdks == ("pay",)
