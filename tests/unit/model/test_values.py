"""What of a value enters a run file."""

import hashlib

from mingjian.model.values import masked, sealed_hash, sealed_value

IMEI = "860000000000001"
SALT = "00ff10"


def test_a_hash_is_of_the_salts_bytes_and_the_value():
    assert sealed_hash(IMEI, SALT) == hashlib.sha256(b"\x00\xff\x10" + IMEI.encode()).hexdigest()
    assert sealed_hash(IMEI, None) == hashlib.sha256(IMEI.encode()).hexdigest()


def test_digests_are_sealed_with_the_same_salt():
    digest = hashlib.md5(IMEI.encode()).hexdigest()
    assert sealed_value(IMEI, SALT).forms["md5"] == sealed_hash(digest, SALT)
    assert sorted(sealed_value(IMEI, SALT).forms) == ["md5", "sha1", "sha256"]


def test_a_sealed_value_holds_nothing_of_its_middle():
    value = sealed_value(IMEI, SALT, "string")
    assert (value.masked, value.length, value.type) == ("86***1", 15, "string")
    assert IMEI[2:-1] not in str(value)


def test_a_short_value_is_masked_whole():
    assert masked("1234567") == "***"
    assert masked("12345678") == "12***8"


def test_a_lone_surrogate_from_a_device_is_a_value_like_any_other():
    assert sealed_value("\ud800abc", SALT).length == 4
