"""HAR that is odd, cut, broken, absurdly large or none at all."""

import json
from pathlib import Path

import msgspec
import pytest
from har_readings import events, one, spans

from fixtures.recordings.traffic import FORM, entry, har, posted
from mingjian.errors import InputError
from mingjian.inputs.recording import har as importer
from mingjian.inputs.recording.track import Carried, Head
from mingjian.model.run import Net


def test_a_byte_order_mark_and_several_files_in_one(tmp_path: Path) -> None:
    found = events(tmp_path, b"\xef\xbb\xbf" + har(entry()) + b"\n" + har(entry(), entry()))
    assert [item.event.at for item in found if isinstance(item, Carried)] == ["har:entries[0]", "har:entries[1]", "har:entries[2]"]


def test_utf_16_is_refused_with_what_to_do(tmp_path: Path) -> None:
    content = har(entry()).decode().encode("utf-16")
    assert importer.recognises(Head("sample.har", content[:65536]))
    with pytest.raises(InputError) as refused:
        events(tmp_path, content)
    assert refused.value.key == "input.run_utf16"


@pytest.mark.parametrize(
    "content", [b'{"log": {}}', b'{"log": {"entries": null}}', b'{"log": {"entries": [', b'{"log": {"pa', b'{"log"', b'{"log": []}', b"{]"]
)
def test_a_file_without_any_request_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        events(tmp_path, content)
    assert refused.value.key == "input.run_no_traffic"


def test_an_empty_list_is_a_recording_of_silence(tmp_path: Path) -> None:
    assert events(tmp_path, har()) == []


def test_what_a_cut_file_still_holds(tmp_path: Path) -> None:
    content = har(entry(), entry(), entry(request=posted("x" * 100)))
    for cut in (1, 3, 50, 200):
        found = events(tmp_path, content[:-cut])
        assert spans(found) == [("har:", "truncated")]
        assert len(found) >= 3


def test_a_broken_entry_is_lost_alone(tmp_path: Path) -> None:
    good = json.dumps(entry()).encode()
    for bad in (b'{"request": nonsense}', b'"text"', b"null", b'{"a": 01, "b": "\\x"}', b"[}", b"17"):
        found = events(tmp_path, b'{"log": {"entries": [' + good + b"," + bad + b"," + good + b"]}}")
        assert spans(found) == [("har:entries[1]", "bad_record")]
        assert len(found) == 3


def test_brackets_that_do_not_match_lose_the_rest(tmp_path: Path) -> None:
    good = json.dumps(entry()).encode()
    found = events(tmp_path, b'{"log": {"entries": [' + good + b', {"a": [}]},' + good + b"]}}")
    assert spans(found) == [("har:entries[1]", "bad_record"), ("har:", "bad_json")]


def test_an_entry_that_is_too_large_is_lost_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.inputs.recording.json_stream.MOST_RECORD", 100_000)
    monkeypatch.setattr("mingjian.inputs.recording.json_stream._CHUNK", 1000)
    large = entry(response={"content": {"text": 'a \\"quoted\\" } ] word ' * 10_000}})
    found = events(tmp_path, har(entry(), large, entry()))
    assert spans(found) == [("har:entries[1]", "too_large")]
    assert len(found) == 3


@pytest.mark.parametrize(
    "bomb", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b"[" + b"[]," * 1_500_000 + b"[]]"]
)
def test_nesting_costs_an_entry_and_no_more(bomb: bytes, tmp_path: Path) -> None:
    good = json.dumps(entry()).encode()
    found = events(tmp_path, b'{"log": {"pages": ' + bomb + b', "entries": [' + good + b', {"x": ' + bomb + b"}," + good + b"]}}")
    assert spans(found) == [("har:entries[1]", "too_large")]
    assert len(found) == 3


def test_bytes_that_are_no_text_never_reach_the_run_file(tmp_path: Path) -> None:
    half = "\udcff"
    header = {"name": f"X{half}", "value": half}
    whole = entry(
        f"https://{half}.example/{half}?{half}=1",
        half,
        request={"headers": [header], "httpVersion": half},
        response={"status": 0, "_error": half},
    )
    net, payload = one(tmp_path, whole)
    assert msgspec.json.decode(msgspec.json.encode(net), type=Net) == net
    assert "".join((payload.url, *payload.headers[0])).encode()


@pytest.mark.parametrize("many", [b'"",' * 1_500_000 + b'""', b"1.5," * 1_500_000 + b"0", b'"%s",' % (b"x" * 50) * 1_000_000 + b"0"])
def test_an_entry_of_countless_values_is_lost_alone(many: bytes, tmp_path: Path) -> None:
    found = events(tmp_path, b'{"log": {"entries": [{}, {"request": {"headers": [' + many + b"]}}, {}]}}")
    assert spans(found) == [("har:entries[1]", "too_large")]
    assert len(found) == 3


def test_a_large_body_full_of_json_is_read(tmp_path: Path) -> None:
    text = json.dumps([{"name": "open", "at": number} for number in range(200_000)])
    assert len(text) > 5_000_000
    _, payload = one(tmp_path, entry(request=posted(text, "application/json")))
    assert (payload.body, payload.complete) == (text.encode(), True)


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "sample.har"
    path.write_bytes(har(entry(), entry("a:443", "CONNECT", connection="1"), entry(request=posted(FORM))))
    track = importer.read(path)
    assert list(track.events()) == list(track.events())


@pytest.mark.parametrize("start", [b"", b"[]", b'{"a": 1}', b"PK\x03\x04", b'{"schema": "run/1"}'])
def test_what_is_no_har(start: bytes) -> None:
    assert not importer.recognises(Head("sample.har", start))
