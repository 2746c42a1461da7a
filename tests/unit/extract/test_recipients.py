import pytest

from mingjian.extract.recipients import Recipients, abroad, can_be_one_operators, host_name, kind_of_host, operator_domain


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("api.kuaichi.com", "operator"),
        ("API.KuaiChi.COM.", "operator"),
        ("kuaichi.com:8443", "operator"),
        ("evilkuaichi.com", "host.evilkuaichi.com"),
        ("kuaichi.com.evil.cn", "host.kuaichi.com.evil.cn"),
        ("pay.shop-partner.cn", "operator"),
        ("x.pay.shop-partner.cn", "operator"),
        ("shop-partner.cn", "host.shop-partner.cn"),
        ("android.bugly.qq.com", "sdk.bugly"),
        ("qq.com", "host.qq.com"),
        ("stats.jpush.cn", "company.深圳市和讯华谷信息技术有限公司"),
        ("bucket.oss-cn-hangzhou.aliyuncs.com", "unknown"),
        ("dypnsapi.aliyuncs.com", "sdk.aliyun_numauth"),
        ("d1.cloudfront.net", "unknown"),
        ("8.8.8.8", "host.8.8.8.8"),
        ("[2400:3200::1]:443", "host.2400:3200::1"),
        ("192.168.1.7", "unknown"),
        ("127.0.0.1:8080", "unknown"),
        ("10.0.0.9", "unknown"),
        ("fe80::1%wlan0", "unknown"),
        ("例子.测试", "host.xn--fsqu00a.xn--0zwm56d"),
        ("", "unknown"),
        ("no host", "unknown"),
        ("a" * 300, "unknown"),
    ],
)
def test_whom_a_host_belongs_to(host: str, owner: str) -> None:
    assert Recipients("com.kuaichi.app", ("pay.shop-partner.cn",)).of(host) == owner


def test_what_a_package_name_claims_and_a_maker_of_sdks_owns_is_either_s() -> None:
    assert Recipients("cn.jpush.demo").of("stats.jpush.cn") == "host.stats.jpush.cn"
    assert Recipients("com.baidu.searchbox").of("api.map.baidu.com") == "operator"
    assert Recipients("com.kuaichi.app").of("api.map.baidu.com").startswith("company.")


def test_an_address_stands_for_a_host_without_a_name() -> None:
    recipients = Recipients("com.kuaichi.app")
    assert recipients.of(None, "8.8.8.8") == "host.8.8.8.8"
    assert recipients.of(None, None) == "unknown"


@pytest.mark.parametrize(
    ("package", "domain"),
    [
        ("com.kuaichi.app", "kuaichi.com"),
        ("com.kuaichi", "kuaichi.com"),
        ("cn.wps.moffice", "wps.cn"),
        ("cn.com.foo.bank", "foo.com.cn"),
        ("io.github.someone.app", "someone.github.io"),
        ("com.github.someone.app", None),
        ("com.app.kuaichi", None),
        ("com.example.demo", None),
        ("com.cn.foo", None),
        ("com.android.kuaichi", None),
        ("kuaichi", None),
        ("com", None),
        ("", None),
        ("air.com.kuaichi", None),
        ("com.k_1.app", None),
    ],
)
def test_the_domain_that_a_package_name_claims(package: str, domain: str | None) -> None:
    assert operator_domain(package) == domain


def test_a_domain_that_a_package_claims_and_an_sdk_owns_is_nobodys() -> None:
    assert Recipients("com.sensorsdata.demo").of("x.sensorsdata.cn") == "sdk.sensors"
    assert Recipients("com.reyun.game").of("log.reyun.com") == "sdk.reyun"
    assert Recipients("com.reyun.game", ("log.reyun.com",)).of("log.reyun.com") == "operator"


def test_hosts_of_the_platform_are_known() -> None:
    assert kind_of_host("connectivitycheck.gstatic.com") == "platform"
    assert kind_of_host("x.aliyuncs.com") == "cloud"
    assert kind_of_host("kuaichi.com") is None


def test_abroad_is_told_only_of_listed_domains() -> None:
    place = abroad("graph.facebook.com")
    assert place is not None
    assert (place.country, place.certain) == ("US", True)
    assert abroad("example.de") is None
    assert abroad("notfacebook.com") is None


@pytest.mark.parametrize("host", ["user@host", "a/b", "a\\b", "a b", "\x00"])
def test_what_is_no_host(host: str) -> None:
    assert host_name(host) is None


@pytest.mark.parametrize(
    "host", ["api.kuaichi.com", "KuaiChi.com.", "kuaichi.com:8443", "qq.com", "8.8.8.8", "[2400:3200::1]:443", "例子.测试"]
)
def test_a_name_or_an_address_can_be_an_operators(host: str) -> None:
    assert can_be_one_operators(host)


@pytest.mark.parametrize(
    "host",
    [
        "https://api.kuaichi.com/",
        "api.kuaichi.com/v1",
        "*.kuaichi.com",
        "com",
        "com.cn",
        "localhost",
        "",
        " ",
        "no host",
        "a@b.cn",
        "aliyuncs.com",
    ],
)
def test_what_is_no_host_or_everybodys_cannot(host: str) -> None:
    assert not can_be_one_operators(host)
