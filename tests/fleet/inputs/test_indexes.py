"""Indexes of stores: F-Droid's in both forms, AndroZoo's list, and tables whose columns a mapping explains."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mingjian.errors import InputError, UsageError
from mingjian.fleet.inputs import listings, mapping_of
from mingjian.fleet.listing import Listing

A, B = "aa" * 32, "bb" * 32


def read(path: Path, columns: Path | None = None) -> list[Listing]:
    return [listing for _, listing in listings(str(path), mapping_of(columns) if columns else None)]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, Any], Path]:
    def write(name: str, content: Any) -> Path:
        path = tmp_path.resolve() / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def test_the_newest_package_of_each_app_of_fdroid(written: Callable[[str, Any], Path]) -> None:
    first = {
        "repo": {"address": "https://f.example/repo", "name": "F"},
        "apps": [{"packageName": "org.b", "categories": ["Internet", "Time"], "authorName": "B."}],
        "packages": {
            "org.b": [
                {"apkName": "b_9.apk", "hash": A, "hashType": "sha256", "versionCode": 9},
                {"apkName": "b_10.apk", "hash": B, "hashType": "sha256", "versionCode": 10},
            ],
            "org.a": [{"apkName": "a 1.apk", "hash": A, "hashType": "md5", "versionCode": 1}],
            "org.none": [],
        },
    }
    second = {
        "repo": {"address": "https://f.example/repo", "name": {"en-US": "F"}},
        "packages": {
            "org.b": {
                "metadata": {"categories": ["Internet", "Time"], "authorName": "B."},
                "versions": {
                    "x": {"file": {"name": "/b_9.apk", "sha256": A}, "manifest": {"versionCode": 9}},
                    "y": {"file": {"name": "/b_10.apk", "sha256": B}, "manifest": {"versionCode": 10}},
                },
            },
            "org.a": {"metadata": {}, "versions": {"z": {"file": {"name": "/a 1.apk"}, "manifest": {"versionCode": 1}}}},
        },
    }
    expected = [
        Listing("https://f.example/repo/a%201.apk", store="F"),
        Listing("https://f.example/repo/b_10.apk", B, store="F", operator="B.", shelf="Internet"),
    ]
    assert read(written("index-v1.json", first)) == expected
    assert read(written("index-v2.json", second)) == expected


def test_a_mirror_of_fdroid_has_its_packages_beside_the_index(written: Callable[[str, Any], Path]) -> None:
    index = {"repo": {"address": "https://f.example/repo"}, "packages": {"a": [{"apkName": "a.apk", "versionCode": 1}]}}
    path = written("index-v1.json", index)
    (path.parent / "a.apk").write_bytes(b"PK")
    assert read(path) == [Listing(str(path.parent / "a.apk"))]
    index["packages"] = {"a": [{"apkName": "../../a.apk", "versionCode": 1}]}
    with pytest.raises(InputError, match=r"fleet.input.outside"):
        read(written("index-v1.json", index))


def test_androzoos_list_is_known_by_its_columns(written: Callable[[str, Any], Path]) -> None:
    path = written(
        "latest.csv",
        "sha256,sha1,md5,dex_date,apk_size,pkg_name,vercode,vt_detection,vt_scan_date,dex_size,markets\n"
        f'{A.upper()},x,y,2016-04-05 17:58:46,10386469,"org.a",6,0,2016-06-15 15:26:44,4765888,play.google.com|anzhi\n',
    )
    assert read(path) == [Listing(f"https://androzoo.uni.lu/api/download?sha256={A.upper()}", A, store="play.google.com|anzhi")]


def test_a_mapping_explains_what_another_crawler_wrote(written: Callable[[str, Any], Path]) -> None:
    mapping = written(
        "columns.yml",
        'location: "apks/{appId}.apk"\ncategory: "{genre}"\nstore: "Google Play"\ndownloads: "{installs}"\noperator: "{dev.name}"\n'
        'policy: "{privacyPolicy}"\n',
    )
    path = written(
        "apps.json",
        [
            {"appId": "org.a", "genre": "Communication", "installs": "1,000+", "dev": {"name": "A"}, "privacyPolicy": None, "icon": [1]},
            {"appId": "org.b", "genre": "即时通信", "installs": 7},
        ],
    )
    folder = path.parent
    assert read(path, mapping) == [
        Listing(f"{folder}/apks/org.a.apk", store="Google Play", downloads=1000, operator="A", shelf="Communication"),
        Listing(f"{folder}/apks/org.b.apk", category="instant_messaging", store="Google Play", downloads=7),
    ]


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"file": "../../etc/shadow"}, "fleet.input.outside"),
        ({"file": "/etc/shadow"}, "fleet.input.absolute"),
        ({"file": {"a": 1}}, "fleet.input.no_word"),
        ({"other": 1}, "fleet.input.no_location"),
        ({"file": "s3://private/a"}, "fleet.input.scheme"),
        ({"file": " S3://private/a"}, "fleet.input.scheme"),
    ],
)
def test_a_crawled_row_leads_nowhere_else(row: dict[str, Any], key: str, written: Callable[[str, Any], Path]) -> None:
    mapping = written("columns.yml", 'location: "{file}"\n')
    with pytest.raises(InputError) as told:
        read(written("apps.jsonl", row), mapping)
    assert (told.value.key, told.value.values["line"]) == (key, 1)


def test_the_bucket_of_an_index_is_named_by_the_mapping_alone(written: Callable[[str, Any], Path]) -> None:
    mapping = written("columns.yml", 'location: "s3://market/{file}"\npolicy: "{policy}"\n')
    assert read(written("apps.jsonl", {"file": "a"}), mapping) == [Listing("s3://market/a")]
    with pytest.raises(InputError, match=r"fleet.input.scheme"):
        read(written("apps.jsonl", {"file": "a", "policy": ["https://e.example", "s3://private/a"]}), mapping)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("- a\n", "fleet.input.mapping"),
        ("location: [a]\n", "fleet.input.mapping"),
        ("a: &x b\nlocation: *x\n", "fleet.input.mapping"),
        ("store: x\n", "fleet.input.mapping_columns"),
        ("location: x\nsize: y\n", "fleet.input.mapping_columns"),
        ("\x00", "fleet.input.mapping"),
    ],
)
def test_a_mapping_that_is_none_is_refused(content: str, key: str, written: Callable[[str, Any], Path]) -> None:
    with pytest.raises(UsageError) as told:
        read(written("apps.jsonl", {"file": "a"}), written("columns.yml", content))
    assert told.value.key == key


def test_no_variable_of_the_environment_gets_into_an_address(written: Callable[[str, Any], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    mapping = written("columns.yml", 'location: "https://e.example/{AWS_SECRET_ACCESS_KEY}/{file.__class__}/{file}"\n')
    with pytest.raises(InputError, match=r"fleet.input.no_location"):
        read(written("apps.jsonl", {"file": "a"}), mapping)
