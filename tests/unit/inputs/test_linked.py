"""Which links of a policy lead to its lists."""

from pathlib import Path

import pytest

from mingjian.inputs import open_policy
from mingjian.inputs.linked import MOST_LISTS, lists

HERE = "https://policy.example/app/privacy.html"
FILLER = "<p>我们重视您的个人信息，并按照本政策处理您的个人信息。</p>"


def found(body: str, folder: Path) -> list[str]:
    file = folder / "policy.html"
    file.write_text(f"<!DOCTYPE html><html><body><h1>隐私政策</h1>{FILLER}{body}</body></html>", encoding="utf-8")
    return list(lists(open_policy([file])[1][0], HERE))


@pytest.mark.parametrize(
    "body",
    [
        "<p>请查看<a href='list.html'>《第三方SDK目录》</a>。</p>",
        "<p>请查看<a href='list.html'>第三方信息共享清单</a>。</p>",
        "<p>请查看<a href='list.html'>个人信息收集清单</a>。</p>",
        "<p>與我們合作的<a href='list.html'>合作方名單</a>。</p>",
        "<p>第三方SDK清单请<a href='list.html'>点击此处</a>查看。</p>",
        "<p>接入的SDK列表：<a href='list.html'>https://policy.example/app/list.html</a></p>",
        "<p>See <a href='list.html'>our partners</a> for whom we share data with.</p>",
        "<p>A list of our third parties is <a href='list.html'>here</a>.</p>",
        "<p>We name the <a href='list.html'>Third-Party SDKs</a> in the app.</p>",
    ],
)
def test_links_to_lists(body: str, tmp_path: Path) -> None:
    assert found(body, tmp_path) == ["https://policy.example/app/list.html"]


@pytest.mark.parametrize(
    "body",
    [
        "<p>请阅读<a href='terms.html'>《用户协议》</a>。</p>",
        "<p>请查看<a href='other.html'>第三方的隐私政策</a>。</p>",
        "<p>推送SDK，隐私政策：<a href='https://push.example/privacy'>https://push.example/privacy</a></p>",
        "<p>如需注销，请<a href='cancel.html'>点击此处</a>。</p>",
        "<p><a href='mailto:sdk@policy.example'>SDK邮箱</a>、<a href='javascript:show()'>SDK目录</a>、<a href='#sdk'>SDK目录</a></p>",
        "<p>请查看<a href='http://policy.example/list.html'>SDK目录</a>。</p>",
        "<p>Read the <a href='x.html'>third party's privacy policy</a>.</p>",
    ],
)
def test_other_links(body: str, tmp_path: Path) -> None:
    assert found(body, tmp_path) == []


def test_each_page_once_in_their_order_and_not_too_many(tmp_path: Path) -> None:
    links = "".join(
        f"<p>名单<a href='{number}.html#part'>SDK目录{number}</a><a href='{number}.html'>SDK目录</a></p>" for number in range(20)
    )
    assert found(links, tmp_path) == [f"https://policy.example/app/{number}.html" for number in range(MOST_LISTS)]


def test_a_fragment_that_chooses_the_page_is_kept(tmp_path: Path) -> None:
    assert found("<p>见<a href='#/sdk'>SDK目录</a>。</p>", tmp_path) == [f"{HERE}#/sdk"]
