"""Which keys join apps, which do not and why, and what holds a cluster together."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from mingjian import lake
from mingjian.errors import UsageError
from mingjian.lake import questions
from mingjian.lake.questions import Page, clustering
from mingjian.lake.questions.joining import Groups
from mingjian.model.types import Coverage, Report
from tests.unit.lake.making import PERIOD
from tests.unit.lake.questions.market import PERMISSIONS, App, asks, build, carries, policy, report, with_

TEST_KEY = "a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc"
FULL = (*map(asks, PERMISSIONS), carries("sdk.counter"))


def told(folder: Path, *reports: Report) -> tuple[list[set[str]], dict[tuple[str, str], str], lake.Lake]:
    """The clusters as sets of packages, and the ignored keys with their reasons."""
    apps = [App(number, PERIOD, made, "a", 10 * number or None) for number, made in enumerate(reports)]
    opened = lake.open(build(folder, apps))
    found = questions.clusters(opened)
    names = [{row.package for row in questions.members(opened, each.cluster).rows} for each in found.rows]
    ignored = {(row.kind, row.key): row.reason for row in questions.ignored_keys(opened).rows}
    return names, ignored, opened


def test_each_kind_of_key_joins_and_is_told_as_evidence(tmp_path: Path) -> None:
    names, ignored, opened = told(
        tmp_path,
        report("a.one", signer="1" * 64),
        report("a.two", signer="1" * 64),
        report("b.one", signer=None, operator="某某（北京）科技 有限公司 ABC"),
        report("b.two", signer=None, operator="某某(北京)科技有限公司ａｂｃ"),
        with_(report("c.one", signer=None), policy("complete", "8" * 64)),
        with_(report("c.two", signer=None), policy("partial", "8" * 64)),
        with_(report("com.factory12.alpha", signer=None), *FULL),
        with_(report("com.factory7.beta", signer=None), *FULL),
        report("z.alone", signer="2" * 64, operator="独一家"),
    )
    expected = [{"a.one", "a.two"}, {"b.one", "b.two"}, {"c.one", "c.two"}, {"com.factory12.alpha", "com.factory7.beta"}]
    assert sorted(map(sorted, names)) == sorted(map(sorted, expected))
    assert not ignored
    evidence = {str(key.kind): key for each in questions.clusters(opened).rows for key in each.evidence}
    assert {kind: key.apps for kind, key in evidence.items()} == dict.fromkeys(("signer", "operator", "policy", "template"), 2)
    assert (evidence["signer"].key, evidence["policy"].key) == ("1" * 64, "8" * 64)
    assert evidence["operator"].key == "某某(北京)科技有限公司abc"
    assert evidence["template"].key.startswith("com.factory# ")


def test_a_chain_of_keys_is_one_cluster_and_each_app_shows_its_link(tmp_path: Path) -> None:
    names, _, opened = told(
        tmp_path,
        report("a.one", signer="1" * 64),
        report("a.two", signer="1" * 64, operator="甲"),
        with_(report("a.three", signer="2" * 64, operator="甲"), policy("complete")),
        with_(report("a.four", signer="3" * 64), policy("complete")),
    )
    assert names == [{"a.one", "a.two", "a.three", "a.four"}]
    (cluster,) = questions.clusters(opened).rows
    assert (cluster.apps, cluster.operators, cluster.keys, cluster.downloads) == (4, 1, 3, 10 + 20 + 30)
    links = {row.package: {key.kind for key in row.evidence} for row in questions.members(opened, cluster.cluster).rows}
    assert links == {"a.one": {"signer"}, "a.two": {"signer", "operator"}, "a.three": {"operator", "policy"}, "a.four": {"policy"}}
    page = questions.members(opened, cluster.cluster, page=Page(1, 2))
    assert ([row.package for row in page.rows], page.total) == (["a.three"], 4)


def test_what_anybody_may_share_joins_nothing_and_says_why(tmp_path: Path) -> None:
    unread = replace(with_(report("com.maker.x1", signer=None), *FULL), coverage=(Coverage("code", "code", "failed"),))
    names, ignored, _ = told(
        tmp_path,
        report("a.one", signer=TEST_KEY, operator="个人开发者"),
        report("a.two", signer=TEST_KEY, operator="个人 开发者"),
        with_(report("b.one", signer=None), policy("failed", "8" * 64)),
        with_(report("b.two", signer=None), policy("failed", "8" * 64)),
        with_(report("com.plain.one", signer=None), asks(PERMISSIONS[0])),
        with_(report("com.plain.two", signer=None), asks(PERMISSIONS[0])),
        with_(report("com.one", signer=None), *FULL),
        with_(report("com.two", signer=None), *FULL),
        unread,
        replace(unread, subject=replace(unread.subject, package="com.maker.x2")),
    )
    assert names == []
    assert ignored == {("signer", TEST_KEY): "public", ("operator", "个人开发者"): "nobody"}


def test_bounds_keep_strangers_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = clustering.definitions()
    kinds = {
        **shipped["clusters"]["kinds"],
        "signer": {"most": 4, "operators": 2},
        "policy": {"most": 2, "operators": 9},
    }
    bounds = {**shipped, "clusters": {**shipped["clusters"], "kinds": kinds, "most_members": 5}}
    monkeypatch.setattr(clustering, "definitions", lambda: bounds)
    names, ignored, _ = told(
        tmp_path,
        *(report(f"many.a{number}", signer="1" * 64) for number in range(5)),
        *(report(f"mixed.a{number}", signer="2" * 64, operator=f"某{number}") for number in range(3)),
        *(with_(report(f"shared.a{number}", signer=None), policy("complete", "8" * 64)) for number in range(3)),
        *(report(f"left.a{number}", signer="3" * 64, operator="甲" if number == 0 else None) for number in range(3)),
        *(report(f"right.a{number}", signer="4" * 64, operator="甲" if number == 0 else None) for number in range(3)),
    )
    assert ignored == {
        ("signer", "1" * 64): "apps",
        ("signer", "2" * 64): "operators",
        ("policy", "8" * 64): "apps",
        ("operator", "甲"): "members",
    }
    assert sorted(map(sorted, names)) == [[f"left.a{n}" for n in range(3)], [f"right.a{n}" for n in range(3)]]


def test_a_cluster_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    _, _, opened = told(tmp_path, report("a.one"))
    with pytest.raises(UsageError, match=r"lake\.ask\.no_cluster"):
        questions.members(opened, "x' OR '1'='1")


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_those_that_walking_from_name_to_name_finds(seed: int) -> None:
    chance = Random(seed)
    links = [[f"n{chance.randrange(40)}" for _ in range(chance.randrange(1, 4))] for _ in range(25)]
    groups = Groups(most=1000)
    assert all(groups.join(names) for names in links)
    near: dict[str, set[str]] = defaultdict(set)
    for names in links:
        for name in names:
            near[name].update(names)

    def reached(name: str) -> frozenset[str]:
        seen = {name}
        while (more := set().union(*(near[each] for each in seen))) != seen:
            seen = more
        return frozenset(seen)

    assert {frozenset(members) for members in groups.members().values()} == {reached(name) for name in near}
    assert all(groups.of(name) == min(reached(name)) for name in near)


def test_no_group_grows_beyond_its_bound() -> None:
    groups = Groups(most=3)
    assert groups.join(["a", "b"])
    assert groups.join(["c", "d"])
    assert not groups.join(["b", "c"])
    assert groups.join(["d", "e", "e"])
    assert groups.members() == {"a": ["a", "b"], "c": ["c", "d", "e"]}
