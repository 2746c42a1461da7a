import json
from collections import Counter

import pytest

from mingjian.extract import catalogue, digest, questions
from mingjian.model.terms import exists, vocabulary
from mingjian.nlp.parties import parties


def test_every_row_of_the_source_lists_is_carried() -> None:
    numbers = sorted(int(id.removeprefix("API-")) for id in catalogue.apis())
    assert [number for number in numbers if number < 1000] == list(range(1, 428))
    assert len(catalogue.sdks()) == 165
    assert len(catalogue.packers()) == 20
    assert len(vocabulary("data")) == 137
    assert sorted(term.fields["number"] for term in vocabulary("categories").values()) == list(range(1, 40))


def test_confidence_is_carried() -> None:
    source = Counter(row.confidence for row in catalogue.apis().values() if int(row.id[4:]) < 1000)
    assert source == {"high": 369, "medium": 46, "uncertain": 12}
    assert Counter(sdk.declaration for sdk in catalogue.sdks().values()) == {"seen": 22, "recalled": 137, "uncertain": 6}
    assert {term.fields["confidence"] for term in vocabulary("categories").values()} == {"high", "medium"}


def test_an_uncertain_row_states_nothing_certain() -> None:
    assert all(not row.certain for row in catalogue.apis().values() if row.confidence == "uncertain")


def test_every_term_exists() -> None:
    for row in catalogue.apis().values():
        assert exists("data", row.data), row
        assert not row.states or exists("actions", row.action), row
        assert {row.starts, row.switch} <= {None, *catalogue.sdks()}, row
    for sdk in catalogue.sdks().values():
        assert all(exists("data", term) for term in sdk.declared_data), sdk
        assert all(exists("purposes", term) for term in sdk.purposes), sdk
    for table in catalogue.arguments().values():
        assert all(exists("data", value if isinstance(value, str) else value["data"]) for value in table.values())
    for term in vocabulary("categories").values():
        assert all(exists("data", data) for data in term.fields["necessary"])
        assert term.fields["none_needed"] == (term.fields["necessary"] == [])


def test_a_version_is_looked_for_of_sdks_that_exist_and_in_places_of_one_alone() -> None:
    rows = catalogue.sdk_versions().values()
    assert {row.sdk for row in rows} <= set(catalogue.sdks())
    assert {row.confidence for row in rows} == {"high", "medium"}
    assert all(artifact.count(":") == 1 for row in rows for artifact in row.artifacts)
    places = Counter(place for row in rows for place in (*row.artifacts, *row.properties, *row.meta))
    assert max(places.values()) == 1


def test_no_prefix_belongs_to_two() -> None:
    owners = [*catalogue.sdks().values(), *catalogue.libraries().values()]
    assert [prefix for prefix, times in Counter(prefix for owner in owners for prefix in owner.prefixes).items() if times > 1] == []


def test_no_prefix_has_more_parts_than_are_looked_at() -> None:
    owners = [*catalogue.sdks().values(), *catalogue.libraries().values(), *catalogue.packers().values()]
    assert max(prefix.count(".") + 1 for owner in owners for prefix in owner.prefixes) <= 8
    assert max(len(row.signature.split()) for row in catalogue.apis().values() if row.kind == "shell_command") <= 8


def test_no_english_name_is_chinese() -> None:
    named = [*catalogue.sdks().values(), *catalogue.packers().values()]
    assert [each.id for each in named if not each.name.en.isascii()] == []


def test_waking_and_asking_are_no_collection() -> None:
    by_signature = {row.signature: row.action for row in catalogue.apis().values()}
    assert by_signature["Landroid/content/Context;->startService(Landroid/content/Intent;)Landroid/content/ComponentName;"] == "start.other"
    assert by_signature["Landroid/app/Activity;->requestPermissions([Ljava/lang/String;I)V"] == "ask"
    assert by_signature["Landroid/telephony/SmsManager;->getDefault()Landroid/telephony/SmsManager;"] == "corroborate"
    assert by_signature["Lcom/umeng/commonsdk/UMConfigure;->submitPolicyGrantResult(Landroid/content/Context;Z)V"] == "consent.sdk_switch"


@pytest.mark.parametrize(
    ("permission", "term"),
    [
        ("android.permission.READ_CONTACTS", "permission.contacts.READ_CONTACTS"),
        ("android.permission.ACCESS_BACKGROUND_LOCATION", "permission.background_location.ACCESS_BACKGROUND_LOCATION"),
        ("android.permission.health.READ_STEPS", "permission.health.READ_STEPS"),
        ("com.android.permission.GET_INSTALLED_APPS", "permission.special.GET_INSTALLED_APPS"),
        ("android.permission.INTERNET", "permission.normal.INTERNET"),
        ("com.example.food.permission.PUSH", "permission.custom.PUSH"),
    ],
)
def test_permission_terms(permission: str, term: str) -> None:
    assert catalogue.permission_term(permission) == term


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("api.weixin.qq.com", "sdk.wechat"),
        ("notweixin.qq.com.example", "host.notweixin.qq.com.example"),
        ("shop.oss-cn-hangzhou.aliyuncs.com", "host.shop.oss-cn-hangzhou.aliyuncs.com"),
        ("jpush.cn", "company.深圳市和讯华谷信息技术有限公司"),
        ("plbslog.umeng.com", "company.友盟同欣-北京-科技有限公司"),
        ("log.snssdk.com", "host.log.snssdk.com"),
        ("203.107.1.1", "host.203.107.1.1"),
        ("tpns.tencent.com", "sdk.xg_push"),
    ],
)
def test_a_host_that_several_sdks_share_belongs_to_their_one_maker(host: str, owner: str) -> None:
    assert catalogue.owner_of_host(host) == owner


def test_an_sdk_is_an_actor_with_its_vendors_names() -> None:
    wechat = catalogue.actor("sdk.wechat")
    assert wechat is not None
    assert wechat.vendors and wechat.purposes == ("service.account", "service.share", "service.payment")
    assert (wechat.name.zh, wechat.name.en) == ("微信 OpenSDK", "WeChat OpenSDK")
    assert catalogue.actor("app") is None
    assert catalogue.actor("sdk.nobody") is None


def test_the_maker_of_sdks_is_an_actor_under_the_term_of_policies() -> None:
    name = "友盟同欣(北京)科技有限公司"
    [mention] = parties(f"我们会将设备信息提供给{name}。", "zh")
    maker = catalogue.actor(mention.term)
    assert maker is not None
    assert (maker.id, maker.name.zh, maker.vendors) == ("company.友盟同欣-北京-科技有限公司", name, (name,))
    assert catalogue.actor("company.somebody") is None


def test_the_query_asks_for_what_states_something_and_nothing_else() -> None:
    query = json.loads(questions().find)
    assert set(query) == {"calls", "fields", "strings", "classes", "overrides", "supers", "excerpts", "shapes"}
    asked = {row["id"] for row in query["calls"]}
    assert "API-0001" in asked and "API-0070" not in asked and "API-0190" not in asked
    (device_id,) = (row for row in query["calls"] if row["id"] == "API-0001")
    assert device_id == {
        "id": "API-0001",
        "class": "Landroid/telephony/TelephonyManager;",
        "name": "getDeviceId",
        "proto": "()Ljava/lang/String;",
    }
    texts = {row["value"] for row in query["strings"]}
    assert "content://sms" in texts and "ps" not in texts and "android.intent.action.BOOT_COMPLETED" not in texts
    assert {"id": "sdk:jpush:cn.jpush.android/", "prefix": "Lcn/jpush/android/"} in query["classes"]
    assert query["supers"]["Landroid/app/Activity;"] == ["Landroid/view/ContextThemeWrapper;"]


def test_the_digest_is_stable_within_one_catalogue() -> None:
    assert digest() == digest()
    assert len(digest()) == 64
