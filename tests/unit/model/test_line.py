"""Observation lines, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.model.line import LineError, format_line, parse
from mingjian.model.types import Observation, Tally

_TERM = st.from_regex(r"[a-z]{1,8}(\.[a-z_]{1,8}){0,2}", fullmatch=True).filter(
    lambda word: word not in ("to", "by", "for", "during", "via", "count", "second", "minute", "period", "not", "perhaps")
)
_MAYBE = st.none() | _TERM
_OBSERVATIONS = st.builds(
    Observation,
    mode=st.sampled_from(["claimed", "declared", "possible", "observed", "shown"]),
    channel=st.sampled_from(["policy", "manifest", "layout", "code", "flow", "api", "network", "ui", "review"]),
    action=_TERM,
    data=_MAYBE,
    actor=_MAYBE,
    recipient=_MAYBE,
    purpose=_MAYBE,
    phase=_MAYBE,
    negated=st.booleans(),
    certain=st.booleans(),
    tally=st.none() | st.builds(Tally, st.integers(0, 99), st.none() | st.integers(0, 99), st.none() | st.integers(0, 99)),
)


@given(_OBSERVATIONS)
def test_a_line_gives_its_observation_back(observation: Observation) -> None:
    assert parse(format_line(observation)) == observation


def test_the_page_of_the_architecture_reads() -> None:
    observed = parse("observed collect device.android_id by sdk.umeng during before_consent via api")
    assert (observed.mode, observed.action, observed.data, observed.actor) == ("observed", "collect", "device.android_id", "sdk.umeng")
    assert (observed.phase, observed.channel, observed.negated, observed.certain) == ("before_consent", "api", False, True)
    claimed = parse("claimed not share contacts for ads")
    assert (claimed.negated, claimed.data, claimed.purpose, claimed.channel) == (True, "contacts", "ads", "policy")


def test_a_period_keeps_its_fraction() -> None:
    assert parse("observed collect location via api count 3 period 2.5").tally == Tally(3, None, None, 2.5)


@pytest.mark.parametrize(
    "line",
    ["", "collect device.imei", "observed", "observed by app", "observed collect device.imei by", "observed collect a b",
     "observed collect a by app by app", "observed collect a via smoke", "observed collect a via api count many"],
)  # fmt: skip
def test_what_is_no_line_is_refused(line: str) -> None:
    with pytest.raises(LineError):
        parse(line)
