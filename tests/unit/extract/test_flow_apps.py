"""From smali to facts of the channel flow: pairs of small apps that differ in what decides."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from fixtures.builder import build
from mingjian.extract import Context, flows, questions
from mingjian.model.line import format_line
from mingjian.model.types import Observation
from mingjian.native import read_package

pytestmark = pytest.mark.skipif(find_spec("mingjian._core") is None, reason="the core is not built: make setup builds it")

APPS = Path(__file__).parents[3] / "fixtures" / "apps"
MANIFEST = """<manifest xmlns:android="http://schemas.android.com/apk/res/android">
  <application android:label="Notes">
    <activity android:name=".Main" android:exported="true">
      <intent-filter>
        <action android:name="android.intent.action.MAIN"/>
        <category android:name="android.intent.category.LAUNCHER"/>
      </intent-filter>
    </activity>
  </application>
</manifest>
"""
MAIN = """.class public Lcn/example/notes/Main;
.super Landroid/app/Activity;

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 8
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    invoke-virtual {p0}, Lcn/example/notes/Main;->getContentResolver()Landroid/content/ContentResolver;
    move-result-object v0
    const-string v1, "KEY"
    invoke-static {v0, v1}, READ
    move-result-object v0
BODY
    return-void
.end method
"""
READ = "Landroid/provider/Settings$Secure;->getString(Landroid/content/ContentResolver;Ljava/lang/String;)Ljava/lang/String;"
FILE = """
    invoke-static {}, Landroid/os/Environment;->PLACE()Ljava/io/File;
    move-result-object v1
    new-instance v2, Ljava/io/File;
    const-string v3, "id.txt"
    invoke-direct {v2, v1, v3}, Ljava/io/File;-><init>(Ljava/io/File;Ljava/lang/String;)V
    new-instance v1, Ljava/io/FileWriter;
    invoke-direct {v1, v2}, Ljava/io/FileWriter;-><init>(Ljava/io/File;)V
    invoke-virtual {v1, v0}, Ljava/io/FileWriter;->write(Ljava/lang/String;)V
"""
BROADCAST = """
    new-instance v1, Landroid/content/Intent;
    const-string v2, "cn.example.ID"
    invoke-direct {v1, v2}, Landroid/content/Intent;-><init>(Ljava/lang/String;)V
    const-string v2, "id"
    invoke-virtual {v1, v2, v0}, Landroid/content/Intent;->putExtra(Ljava/lang/String;Ljava/lang/String;)Landroid/content/Intent;
    NAMED
    invoke-virtual {p0, v1}, Lcn/example/notes/Main;->sendBroadcast(Landroid/content/Intent;)V
"""
TO_SELF = """const-string v2, "cn.example.notes"
    invoke-virtual {v1, v2}, Landroid/content/Intent;->setPackage(Ljava/lang/String;)Landroid/content/Intent;"""
DIGEST = """
    const-string v1, "MD5"
    invoke-static {v1}, Ljava/security/MessageDigest;->getInstance(Ljava/lang/String;)Ljava/security/MessageDigest;
    move-result-object v1
    invoke-virtual {v0}, Ljava/lang/String;->getBytes()[B
    move-result-object v0
    invoke-virtual {v1, v0}, Ljava/security/MessageDigest;->digest([B)[B
    move-result-object v0
    const/4 v1, 0x0
    invoke-static {v0, v1}, Landroid/util/Base64;->encodeToString([BI)Ljava/lang/String;
    move-result-object v0
"""
PAGE = """
    new-instance v1, Landroid/webkit/WebView;
    invoke-direct {v1, p0}, Landroid/webkit/WebView;-><init>(Landroid/content/Context;)V
    invoke-virtual {v1, v0}, Landroid/webkit/WebView;->loadUrl(Ljava/lang/String;)V
"""
LOG = """
    const-string v1, "notes"
    invoke-static {v1, v0}, Landroid/util/Log;->i(Ljava/lang/String;Ljava/lang/String;)I
"""
SDK = """.class public Lcom/umeng/analytics/MobclickAgent;
.super Ljava/lang/Object;

.method public static onProfileSignIn(Ljava/lang/String;)V
    .registers 1
    invoke-static {p0}, Lcom/umeng/analytics/MobclickAgent;->keep(Ljava/lang/String;)V
    return-void
.end method

.method private static keep(Ljava/lang/String;)V
    .registers 1
    return-void
.end method
"""
SIGN_IN = """
    invoke-static {v0}, Lcom/umeng/analytics/MobclickAgent;->onProfileSignIn(Ljava/lang/String;)V
"""


def stated(folder: Path, body: str, key: str = "android_id", *more: str) -> list[str]:
    """The facts of an app whose first screen reads a setting and does with it (in `v0`) what `body` says."""
    (folder / "smali").mkdir(parents=True)
    (folder / "AndroidManifest.xml").write_text(MANIFEST, encoding="utf-8")
    (folder / "app.yml").write_text(
        "package: cn.example.notes\nversion: {code: 1, name: '1'}\nsdk: {min: 21, target: 33}\ndex: [smali]\n", encoding="utf-8"
    )
    for number, text in enumerate([MAIN.replace("READ", READ).replace("BODY", body).replace("KEY", key), *more]):
        (folder / "smali" / f"{number}.smali").write_text(text, encoding="utf-8")
    return [format_line(each) for each in observations(folder, folder / "app.apk")]


def observations(source: Path, package: Path) -> list[Observation]:
    read = read_package((Path(build(source, package).path),), questions(flows=True))
    return flows.extract(read, Context(read.identity["sha256"]))[0]


def test_the_key_decides_what_is_read(tmp_path: Path) -> None:
    assert stated(tmp_path / "a", LOG) == ["possible log device.android_id by app during app_start via flow"]
    assert stated(tmp_path / "b", LOG, "font_scale") == []


def test_the_place_decides_whether_a_file_is_shared(tmp_path: Path) -> None:
    shared = "possible store.outside device.android_id by app during app_start via flow"
    assert stated(tmp_path / "a", FILE.replace("PLACE", "getExternalStorageDirectory")) == [shared]
    assert stated(tmp_path / "b", FILE.replace("PLACE", "getDataDirectory")) == []


def test_an_intent_with_a_receiver_stays_inside(tmp_path: Path) -> None:
    out = "possible share device.android_id to unknown by app during app_start via flow"
    assert stated(tmp_path / "a", BROADCAST.replace("NAMED", "")) == [out]
    assert stated(tmp_path / "b", BROADCAST.replace("NAMED", TO_SELF)) == []


def test_hashing_is_told_and_hides_nothing(tmp_path: Path) -> None:
    assert stated(tmp_path / "a", PAGE) == ["possible share device.android_id to unknown by app during app_start via flow"]
    assert stated(tmp_path / "b", DIGEST + PAGE) == ["possible share.hashed device.android_id to unknown by app during app_start via flow"]


def test_an_sdk_gets_what_own_code_hands_it(tmp_path: Path) -> None:
    handed = "possible share device.android_id to sdk.umeng_analytics by app during app_start via flow"
    assert stated(tmp_path / "a", SIGN_IN, "android_id", SDK) == [handed]
    harmless = '\n    const-string v0, "guest"' + SIGN_IN
    assert stated(tmp_path / "b", harmless, "android_id", SDK) == []


def test_every_planted_flow_is_found_with_owner_phase_and_way(tmp_path: Path) -> None:
    found = {format_line(each): each for each in observations(APPS / "kuaichi", tmp_path / "a.apk")}
    umeng = {
        f"possible share {data} to sdk.umeng_analytics by sdk.umeng_analytics"
        for data in ("device.android_id", "device.mac_wifi", "device.imei")
    }
    book = {
        "possible share contacts.address_book to host.invite.kuaichi.example by app during ui via flow",
        "possible log contacts.address_book by app during ui via flow",
    }
    assert set(found) == {f"{each} during app_start via flow" for each in umeng} | book
    (sent,) = (each for line, each in found.items() if "share contacts" in line)
    steps = sent.evidence[0].excerpt
    for step in ("InviteActivity;->friends:", "InviteActivity;->invite()V", "Uploader;->send(", "Ljava/io/Writer;->write("):
        assert step in steps


def test_the_innocent_twin_hands_out_what_it_tells_after_a_tap(tmp_path: Path) -> None:
    found = [format_line(each) for each in observations(APPS / "kuaichi-innocent", tmp_path / "a.apk")]
    assert found == ["possible share device.android_id to sdk.umeng_analytics by sdk.umeng_analytics during ui via flow"]
