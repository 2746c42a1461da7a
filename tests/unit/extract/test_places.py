"""Whose files a path leads to."""

import pytest

from mingjian.extract.places import reach_of_path

PACKAGE = "com.example.food"


@pytest.mark.parametrize(
    "path",
    [
        f"/data/data/{PACKAGE}/files/a",
        f"/data/user/0/{PACKAGE}/cache",
        f"/data/user_de/10/{PACKAGE}/a",
        f"/storage/emulated/0/Android/data/{PACKAGE}/files/a",
        f"/sdcard/Android/media/{PACKAGE}/a",
        f"/storage/1A2B-3C4D/Android/obb/{PACKAGE}",
        f"/data/data/{PACKAGE}/../{PACKAGE}/x",
        "/proc/self/status",
        "/proc/1234/cmdline",
        "/system/fonts/Roboto.ttf",
        "/dev/null",
        "/data/app/x/base.apk",
        "relative/name",
        "",
        "/",
        "/sdcardx/DCIM",
    ],
)
def test_nobody_elses(path: str) -> None:
    assert reach_of_path(path, "read", PACKAGE) is None
    assert reach_of_path(path, "write", PACKAGE) is None


@pytest.mark.parametrize(
    ("path", "data", "certain"),
    [
        ("/sdcard/DCIM/Camera/1.jpg", "media.album", True),
        ("/storage/emulated/0/DCIM", "media.album", True),
        ("/storage/self/primary/Pictures/Screenshots/a.png", "media.screen", True),
        ("/mnt/sdcard/tencent/MicroMsg/x", "comms.message_content", True),
        ("//sdcard/./Download/../Documents/cv.pdf", "media.files", True),
        ("/storage/emulated/0/Android/data/com.rival.app/files/id", "media.files", True),
        ("/data/data/com.rival.app/shared_prefs/a.xml", "media.files", True),
        (f"/data/data/{PACKAGE}.rival/a", "media.files", True),
        (f"/data/data/{PACKAGE}/../com.rival.app/a", "media.files", True),
        ("/storage/1A2B-3C4D/Music/a.mp3", "media.files", True),
        # Whose a file in the root of shared storage is, its place does not tell.
        ("/sdcard/backup.bin", "media.files", False),
        ("/sdcard", "media.files", False),
        ("/sys/class/net/wlan0/address", "device.mac_wifi", True),
        ("/proc/net/arp", "network.bssid", True),
    ],
)
def test_what_reading_reaches(path: str, data: str, certain: bool) -> None:
    reach = reach_of_path(path, "read", PACKAGE)
    assert reach is not None
    assert (reach.action, reach.data, reach.certain) == ("collect", data, certain)


def test_a_folder_of_the_apps_name_holds_what_the_app_put_there() -> None:
    assert reach_of_path(f"/sdcard/{PACKAGE}/cache/a", "read", PACKAGE) is None
    reach = reach_of_path(f"/sdcard/{PACKAGE}/cache/a", "write", PACKAGE)
    assert reach is not None
    assert reach.action == "store.outside"


@pytest.mark.parametrize(
    "path", ["/sdcard/.hidden/id", "/storage/emulated/0/DCIM/a", "/data/data/com.rival.app/x", "/storage/emulated/10/a"]
)
def test_writing_outside(path: str) -> None:
    for operation in ("write", "delete"):
        reach = reach_of_path(path, operation, PACKAGE)  # type: ignore[arg-type]
        assert reach is not None
        assert (reach.action, reach.certain) == ("store.outside", True)


def test_a_probe_of_the_environment_stays_one() -> None:
    reach = reach_of_path("/proc/self/maps", "read", PACKAGE)
    assert reach is not None
    assert reach.action == "probe"


def test_paths_without_end() -> None:
    assert reach_of_path("/sdcard/" + "a/" * 1_000_000, "read", PACKAGE) is not None
    assert reach_of_path("/" * 1_000_000, "read", PACKAGE) is None
