"""An SDK renamed by hand, from smali to statements: what is measured on its published form is found again under `a/a/b`.

The SDK is made up here and stands below the name of a real one, whose digests are put in place of the shipped ones."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from fixtures.builder import build
from mingjian.extract import Context, queries, shapes
from mingjian.extract.code import extract
from mingjian.extract.sdk import extract as extract_sdks
from mingjian.model.types import Observation
from mingjian.native import read_package

pytestmark = pytest.mark.skipif(find_spec("mingjian._core") is None, reason="the core is not built: make setup builds it")

SDK, RENAMED, APP = "Lcn/jpush/android/Core;", "La/a/b;", "Lcn/example/pocket/Listener;"
MANIFEST = """<manifest xmlns:android="http://schemas.android.com/apk/res/android"><application android:label="x">
<activity android:name=".Start" android:exported="true"><intent-filter><action android:name="android.intent.action.MAIN"/>
<category android:name="android.intent.category.LAUNCHER"/></intent-filter></activity></application></manifest>"""
READ = "Landroid/provider/Settings$Secure;->getString(Landroid/content/ContentResolver;Ljava/lang/String;)Ljava/lang/String;"
READS_ID = """.method public static {name}(Landroid/content/ContentResolver;)V
    .registers 3
    const-string v0, "android_id"
    invoke-static {{p0, v0}}, {read}
    {then}
    return-void
.end method
"""


def methods(name: str, count: int, told: str) -> str:
    """Methods that are told apart by their texts and by one of the SDK's own classes in the prototype."""
    return "".join(
        f""".method public static {name}{number}(Landroid/content/Context;{{own}})V
    .registers 5
    const-string v0, "{told}_first_{number}"
    const-string v1, "{told}_second_{number}"
    invoke-virtual {{{{p0}}}}, Landroid/content/Context;->getPackageName()Ljava/lang/String;
    return-void
.end method
"""
        for number in range(count)
    )


def clazz(name: str, body: str) -> str:
    start = f".class public {name}\n.super Ljava/lang/Object;\n"
    return start + body


def sdk(own: str, of_sdk: int, of_others: int, *, method: str, callback: str = "") -> str:
    then = f"invoke-static {{p0}}, {callback}->heard(Landroid/content/ContentResolver;)V" if callback else ""
    body = methods(method, of_sdk, "push_core").format(own=own) + methods("z", of_others, "of_the_shop").format(own=own)
    return clazz(own, body + READS_ID.format(name=method, then=then, read=READ))


def package(folder: Path, *classes: str) -> Path:
    app = folder / "app"
    (app / "smali").mkdir(parents=True)
    (app / "app.yml").write_text("package: cn.example.pocket\nversion: {code: 1, name: 1.0.0}\nsdk: {min: 23, target: 34}\ndex: [smali]\n")
    (app / "AndroidManifest.xml").write_text(MANIFEST)
    for number, text in enumerate(classes):
        (app / "smali" / f"C{number}.smali").write_text(text)
    return Path(build(app, folder / "app.apk").path)


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The digests of the SDK in the form in which its maker ships it."""
    from mingjian import _core  # noqa: PLC0415 - only where it is built

    path = package(tmp_path / "measured", sdk(SDK, 20, 0, method="register"))
    query = {"shapes": {**shapes.settings_of_query(), "known": None}}
    rows = json.loads(_core.Apk.open([str(path)], b"").find(json.dumps(query).encode()))["shapes"]
    digests = tuple((digest, "jpush") for row in rows for each in row["known"] for digest in each["hits"])
    # Twenty methods with two texts each, and the one that reads an identifier with its text.
    assert len(digests) == 20 * 3 + 2
    monkeypatch.setattr(shapes, "known", lambda: digests)
    queries.questions.cache_clear()
    yield
    queries.questions.cache_clear()


def stated(path: Path) -> tuple[list[Observation], list[Observation]]:
    """What is told of reading the Android ID, and of SDKs."""
    reader = read_package((path,), queries.questions())
    context = Context(reader.identity["sha256"])
    acts, _ = extract(reader, context)
    return [each for each in acts if each.data == "device.android_id"], extract_sdks(reader, context)[0]


@pytest.mark.usefixtures("known")
def test_an_sdk_under_other_names_is_charged_and_the_apps_callback_is_the_apps(tmp_path: Path) -> None:
    callback = clazz(APP, READS_ID.format(name="heard", then="", read=READ))
    acts, sdks = stated(package(tmp_path, sdk(RENAMED, 20, 0, method="c", callback=APP), callback))
    assert sorted(each.actor or "" for each in acts) == ["app", "sdk.jpush"]
    (theirs,) = (each for each in acts if each.actor == "sdk.jpush")
    assert "a.a ≈ sdk.jpush 62/62" in theirs.evidence[0].excerpt
    assert [(each.actor, each.certain, each.evidence[0].locator) for each in sdks] == [("sdk.jpush", True, "dex:classes.dex!La/a/b;")]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("of_sdk", "of_others", "told"), [(20, 60, [False]), (1, 0, []), (3, 30, [])])
def test_a_near_miss_has_no_owner(tmp_path: Path, of_sdk: int, of_others: int, told: list[bool]) -> None:
    acts, sdks = stated(package(tmp_path, sdk(RENAMED, of_sdk, of_others, method="c")))
    assert [each.actor for each in acts] == ["unknown"]
    assert [each.certain for each in sdks] == told
