"""A setting is read by a key that no constant shows: the code puts it together or decodes it."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from fixtures.builder import build
from mingjian.extract import Context, code, questions
from mingjian.model.line import format_line
from mingjian.native import read_package
from tests.unit.extract.test_flow_apps import MAIN, MANIFEST, READ

pytestmark = pytest.mark.skipif(find_spec("mingjian._core") is None, reason="the core is not built: make setup builds it")

BUILDER = """
    new-instance v1, Ljava/lang/StringBuilder;
    invoke-direct {v1}, Ljava/lang/StringBuilder;-><init>()V
    const-string v2, "android"
    invoke-virtual {v1, v2}, Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;
    const-string v2, "_TAIL"
    invoke-virtual {v1, v2}, Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;
    invoke-virtual {v1}, Ljava/lang/StringBuilder;->toString()Ljava/lang/String;
    move-result-object v1
"""
BASE64 = """
    const-string v1, "CODED"
    const/4 v2, 0x0
    invoke-static {v1, v2}, Landroid/util/Base64;->decode(Ljava/lang/String;I)[B
    move-result-object v2
    new-instance v1, Ljava/lang/String;
    invoke-direct {v1, v2}, Ljava/lang/String;-><init>([B)V
"""
ID = "possible collect device.android_id by app"


def collected(folder: Path, key: str) -> list[str]:
    """What the plain scan says of an app that reads the setting whose key these lines leave in `v1`."""
    (folder / "smali").mkdir(parents=True)
    (folder / "AndroidManifest.xml").write_text(MANIFEST, encoding="utf-8")
    (folder / "app.yml").write_text(
        "package: cn.example.notes\nversion: {code: 1, name: '1'}\nsdk: {min: 21, target: 33}\ndex: [smali]\n", encoding="utf-8"
    )
    smali = MAIN.replace('    const-string v1, "KEY"', key).replace("READ", READ).replace("BODY", "")
    (folder / "smali" / "0.smali").write_text(smali, encoding="utf-8")
    read = read_package((Path(build(folder, folder / "app.apk").path),), questions(flows=False))
    lines = map(format_line, code.extract(read, Context(read.identity["sha256"]))[0])
    return [line.split(" during ")[0] for line in lines if "collect" in line]


@pytest.mark.parametrize(
    ("right", "other"),
    [
        (BUILDER.replace("TAIL", "id"), BUILDER.replace("TAIL", "auto")),
        # "android_id" and "font_scale".
        (BASE64.replace("CODED", "YW5kcm9pZF9pZA=="), BASE64.replace("CODED", "Zm9udF9zY2FsZQ==")),
    ],
    ids=["builder", "base64"],
)
def test_a_key_that_is_worked_out_decides(tmp_path: Path, right: str, other: str) -> None:
    assert collected(tmp_path / "right", right) == [ID]
    assert collected(tmp_path / "other", other) == []


def test_a_key_that_cannot_be_worked_out_is_unknown(tmp_path: Path) -> None:
    assert collected(tmp_path / "a", BASE64.replace("CODED", "*")) == ["possible perhaps collect unknown by app"]
