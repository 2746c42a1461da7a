"""Values of an invented device, and how invented SDKs pack them. All of it synthetic."""

import base64
import hashlib
import json
import random
import struct

from mingjian.extract.known_values import KnownValues
from mingjian.inputs.recording.track import Payload
from mingjian.model.values import sealed_value

SALT = "00ff"
URL = "https://log.example-sdk.cn/v2/report"


def with_check_digit(digits: str) -> str:
    """The digits with the check digit of ISO/IEC 7812."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - at % 2)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


IMEI = with_check_digit("86412303567890")
OTHER_IMEI = with_check_digit("35690110203040")
CARD = with_check_digit("622848040256489018")
ICCID = with_check_digit("8986011234567890123")
MAC = "A4:50:46:1B:2C:3D"
ANDROID_ID = "3f9ac2d17e5b8046"
OAID = "7d3b1f0e-5c2a-4e8f-9b6d-1a2c3e4f5067"
PHONE = "13917284650"
OTHER_PHONE = "13816520947"
EMAIL = "liming.zhao@qingfeng.cn"
SERIAL = "R5CN70HKXWZ"
SSID = "Qingfeng-5G-301"
PLACE = "31.230416,121.473701"
APPS = ("com.tencent.mm", "com.taobao.taobao", "com.sina.weibo", "com.kuaishou.nebula", "com.eg.android.AlipayGphone")
MODEL = "M2102K1C"
CLIP = "快递取件码 7-2-3309 请凭码取件"

READ = {
    "device.imei": IMEI,
    "device.mac_wifi": MAC,
    "device.android_id": ANDROID_ID,
    "device.oaid": OAID,
    "basic.phone_number": PHONE,
    "basic.email": EMAIL,
    "device.serial": SERIAL,
    "network.ssid": SSID,
    "location.precise": PLACE,
    "device.installed_apps": ",".join(APPS),
    "device.model": MODEL,
    "clipboard.content": CLIP,
}


def known_values() -> KnownValues:
    """What calls of a run returned, in full."""
    values = KnownValues()
    for seq, (data, raw) in enumerate(READ.items(), 10):
        values.learn(None, raw, data, seq, 1000.0, SALT)
    return values


def sealed_values() -> KnownValues:
    """The same as a run file holds it: hashes and masks only."""
    values = KnownValues()
    for seq, (data, raw) in enumerate(READ.items(), 10):
        values.learn(sealed_value(raw, SALT), None, data, seq, 1000.0, SALT)
    return values


def noise(size: int, seed: int = 7) -> bytes:
    """Bytes as an encrypted body has them."""
    return random.Random(seed).randbytes(size)


def digest(name: str, text: str) -> str:
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def packed(content: str | bytes) -> str:
    """Base64."""
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def sent(body: bytes = b"", url: str = URL, encoding: str = "", **headers: str) -> Payload:
    """A request; names of headers with `_` for `-`."""
    return Payload(url, tuple((name.replace("_", "-"), value) for name, value in headers.items()), body, encoding)


def message(*fields: tuple[int, str | bytes | int | float]) -> bytes:
    """A protocol buffer."""
    out = b""
    for number, value in fields:
        if isinstance(value, float):
            out += varint(number << 3 | 1) + struct.pack("<d", value)
        elif isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(raw)) + raw
    return out


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def token(claims: object) -> str:
    """A JSON web token whose signature is noise."""
    parts = (as_json({"alg": "HS256", "typ": "JWT"}), as_json(claims), noise(32))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def packed_map(pairs: dict[str, str]) -> bytes:
    """A MessagePack map of short texts."""
    return bytes([0x80 | len(pairs)]) + b"".join(bytes([0xA0 | len(text)]) + text.encode() for pair in pairs.items() for text in pair)
