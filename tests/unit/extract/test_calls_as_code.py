"""The same call gets the same act, whether code holds it or a run makes it."""

import pytest
from run_samples import call, gained

from mingjian.extract import catalogue
from mingjian.extract.arguments import reached
from mingjian.extract.catalogue import RECEIVER, Api
from mingjian.extract.hooks import parameters_of
from mingjian.model.run import Api as Call

ROWS = [row for row in catalogue.apis().values() if row.states and row.kind in ("method", "constructor") and row.action != "ask"]
KEYED = {"settings_secure", "settings_system", "settings_global", "settings_flags", "drm_property", "reflection"}
TEXTS = {"property": "system_property", "command": "shell_command", "content_uri": "content_uri"}
PACKAGE = "com.example.food"


def observed(row: Api, said: str | None = None) -> list[tuple[str, str | None, bool]]:
    """What a call of the row states that returned a value."""
    owner, _, rest = row.signature.partition("->")
    parameters = parameters_of(row.signature)
    args: list[str | None] = [None] * len(parameters or ("",) * 8)
    if row.argument is not None and row.argument.at != RECEIVER:
        args[row.argument.at] = said
    event: Call = call(f"{owner[1:-1].replace('/', '.')}.{rest.partition('(')[0]}", sig=parameters, args=tuple(args))
    return [(each.action, each.data, each.certain) for each in gained(event).observations]


def possible(row: Api, value: dict[str, object] | None) -> list[tuple[str, str | None, bool]]:
    """What code states that holds the call."""
    unknown: dict[str, object] = {"k": "?"}
    args = tuple(unknown for _ in range(8))
    if row.argument is not None and value is not None and row.argument.at != RECEIVER:
        args = (*args[: row.argument.at], value)
    reaches = reached(row, args, None, PACKAGE)
    return [(each.action, each.data if each.action in ("collect", "probe") else None, each.certain) for each in reaches]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_calls_whose_arguments_are_unknown(row: Api) -> None:
    assert observed(row) == possible(row, None)


@pytest.mark.parametrize("row", [row for row in ROWS if row.argument and row.argument.table in KEYED], ids=lambda row: row.id)
def test_calls_that_a_key_decides(row: Api) -> None:
    assert row.argument is not None
    for key in (*catalogue.arguments()[row.argument.table], "something_else"):
        assert observed(row, key) == possible(row, {"k": "str", "v": key}), key


@pytest.mark.parametrize("row", [row for row in ROWS if row.argument and row.argument.table in TEXTS], ids=lambda row: row.id)
def test_calls_that_a_text_decides(row: Api) -> None:
    assert row.argument is not None
    for text in catalogue.apis().values():
        if text.kind == TEXTS[row.argument.table]:
            value: dict[str, object] = {"k": "str", "v": text.signature}
            if text.kind == "content_uri":
                value = {"k": "call", "v": "Landroid/net/Uri;->parse(Ljava/lang/String;)", "a": [value]}
            assert observed(row, text.signature) == possible(row, value), text.signature
