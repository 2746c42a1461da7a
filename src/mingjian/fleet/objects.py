"""An S3-compatible store, named by `s3://bucket/key` and reached by the usual AWS_* variables of the environment."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from mingjian.errors import InputError, TryAgainError, UsageError
from mingjian.fleet.spool import File, Spool, created

_PAGE = 1000
_CHUNK = 1 << 20
_PLACE = re.compile(r"s3://([a-z0-9][a-z0-9._-]{1,254})(?:/(.*))?", re.IGNORECASE | re.DOTALL)
_STATUS = re.compile(r"status code: (\d{3})")
_RETRIES = 3
_LEAST_SECONDS = 60.0
_AGAIN = ("408", "425", "429")
_KEYLESS = ("169.254.169.254", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")
"""Without keys in the environment the client asks the machine it runs on, at the address that clouds have for it."""
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def parts(location: str) -> tuple[str, str]:
    """Bucket and key of an address. Raises `InputError` for what is none."""
    found = _PLACE.fullmatch(location)
    if not found:
        raise InputError("fleet.input.s3", location=location[:200])
    return found[1], found[2] or ""


@lru_cache(maxsize=64)
def bucket(name: str, seconds: float) -> S3Store:
    """The bucket of that name; a request to it, with all that it sends, takes at most so many seconds. Raises `UsageError` for variables of
    the environment that say nothing sensible."""
    endpoint = next((os.environ[each] for each in _ENDPOINTS if os.environ.get(each)), "")
    try:
        return S3Store(
            name,
            config={"endpoint": endpoint} if endpoint else None,
            # Whoever names an endpoint without TLS has decided so.
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": timedelta(seconds=seconds),
                "read_timeout": timedelta(seconds=30),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=min(seconds, 60.0))},
        )
    except (BaseError, ValueError) as error:
        raise UsageError("fleet.input.s3_settings", why=_first_line(error)) from error


def listed(location: str, seconds: float) -> Iterator[tuple[str, int]]:
    """Addresses and sizes of the objects below a prefix, which ends at a `/` or at the end of a key. In order of their keys, one page at a
    time. Raises `TryAgainError` when the store does not answer and `InputError` when it refuses."""
    name, prefix = parts(location)
    last = b""
    try:
        for page in obstore.list(bucket(name, seconds), prefix=prefix.rstrip("/") or None, chunk_size=_PAGE):
            for found in page:
                key = found["path"]
                if key.encode() < last:
                    raise InputError("fleet.input.s3_order", location=location[:200])
                last = key.encode()
                yield f"s3://{name}/{key}", found["size"]
    except (BaseError, OSError, ValueError) as error:
        raise fault(location, error) from error


def brought(location: str, to: Path, most: int, until: float) -> File:
    """The object in a new file. Raises as `listed`, and `InputError` over `most` bytes."""
    name, key = parts(location)
    if not key or key.endswith("/"):
        raise InputError("fleet.fetch.no_key", location=location[:200])
    # Whole minutes, so that a bucket's connections are kept from job to job.
    seconds = max(_LEAST_SECONDS, (until - monotonic()) // 60 * 60)
    try:
        found = obstore.get(bucket(name, seconds), key)
        with created(to) as file:
            spool = Spool(location, most, until, file)
            for chunk in found.stream(min_chunk_size=_CHUNK):
                spool.take(bytes(chunk))
    except (BaseError, OSError, ValueError) as error:
        raise fault(location, error) from error
    if not spool.size:
        raise InputError("fleet.fetch.empty", location=location[:200])
    return File(to, spool.sha256(), spool.size)


def fault(location: str, error: Exception) -> InputError | TryAgainError:
    """What the store's complaint means: the address is wrong for good, or the store, or what opens it, is not to be had now."""
    why = _first_line(error)
    status = _STATUS.search(str(error))
    if isinstance(error, FileNotFoundError) or (status and status[1] == "404"):
        return InputError("fleet.fetch.missing", location=location[:200])
    if "AccessDenied" in str(error):
        return InputError("fleet.fetch.denied", location=location[:200])
    if any(word in str(error) for word in _KEYLESS):
        return TryAgainError("fleet.fetch.no_credentials", location=location[:200])
    if isinstance(error, ValueError) or type(error).__name__ == "InvalidPathError":
        return InputError("fleet.fetch.key", location=location[:200], why=why)
    if status and status[1].startswith("4") and status[1] not in (*_AGAIN, "401", "403"):
        return InputError("fleet.fetch.status", location=location[:200], status=status[1])
    return TryAgainError("fleet.fetch.no_answer", location=location[:200], why=why)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(": <?xml")[0][:200] or type(error).__name__
