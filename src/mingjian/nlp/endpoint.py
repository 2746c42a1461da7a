"""Proposals of a language model for what the reading left uncertain. Used only when somebody names an endpoint.

Any server that speaks the chat form of OpenAI's interface will do. What comes back is hostile input: a proposal counts only if it
quotes its sentence word for word and uses terms of the vocabularies, and it stays uncertain, so that it can neither acquit nor convict."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from mingjian.errors import UsageError
from mingjian.model.shipped import catalog
from mingjian.model.terms import exists, vocabulary
from mingjian.nlp.reading import Reading, Statement

MOST_SENTENCES = 60
"""How many uncertain sentences are asked about."""

_MOST_ANSWER_BYTES = 1 << 20
_LONGEST_SENTENCE = 1000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask: the base address that `/chat/completions` is added to, the model's name, and the key if one is needed."""

    url: str
    model: str
    key: str | None = None
    timeout: float = 60.0

    def __post_init__(self) -> None:
        try:
            address = urlsplit(self.url)
        except ValueError as error:
            raise UsageError("error.endpoint_address", url=self.url) from error
        if address.scheme not in ("http", "https") or not address.netloc:
            raise UsageError("error.endpoint_address", url=self.url)


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the model proposed, each statement uncertain; `digest` is the SHA-256 of the request, `fault` says why there is no answer."""

    statements: tuple[Statement, ...]
    digest: str
    fault: str | None = None


class _Stay(HTTPRedirectHandler):
    """Sends the policy and the key nowhere but to the address that was named."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def propose(reading: Reading, endpoint: Endpoint) -> Proposals | None:
    """The proposals for the uncertain sentences; none when there is nothing to ask. A server that fails is a fault told, not raised."""
    asked = _uncertain(reading)
    if not asked:
        return None
    body = _request(reading, asked, endpoint.model)
    digest = hashlib.sha256(body).hexdigest()
    try:
        return Proposals(tuple(_accepted(_answer(body, endpoint), reading, asked)), digest)
    except (OSError, HTTPException, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        return Proposals((), digest, f"{type(error).__name__}: {error}"[:200])


def _uncertain(reading: Reading) -> list[tuple[int, int, int]]:
    """The places of the sentences with an uncertain statement, or data that the vocabulary lacks: document, start, end."""
    places = {
        (each.document, each.start, each.end): None for each in reading.statements if not each.certain or each.data == "other.unlisted"
    }
    return list(places)[:MOST_SENTENCES]


def _request(reading: Reading, asked: Sequence[tuple[int, int, int]], model: str) -> bytes:
    numbered = "\n".join(f"{number}. {_words(reading, place)}" for number, place in enumerate(asked, 1))
    messages = [{"role": "system", "content": _instructions()}, {"role": "user", "content": numbered}]
    return json.dumps({"model": model, "temperature": 0, "seed": 0, "messages": messages}, ensure_ascii=False).encode()


def _words(reading: Reading, place: tuple[int, int, int]) -> str:
    document, start, end = place
    return reading.outlines[document].document.text[start:end][:_LONGEST_SENTENCE]


@cache
def _instructions() -> str:
    text: str = catalog("endpoint")["instructions"]
    terms = {"actions": _actions(), "data": vocabulary("data"), "purposes": vocabulary("purposes"), "recipients": _recipients()}
    for name, words in terms.items():
        text = text.replace(f"{{{name}}}", ", ".join(words))
    return text


@cache
def _actions() -> tuple[str, ...]:
    return tuple(term.id for term in vocabulary("actions").values() if "claimed" in term.fields["in"])


@cache
def _recipients() -> tuple[str, ...]:
    return tuple(catalog("endpoint")["recipients"])


def _answer(body: bytes, endpoint: Endpoint) -> list[Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {})
    request = Request(f"{endpoint.url.rstrip('/')}/chat/completions", body, headers)  # noqa: S310  the scheme was checked
    with build_opener(_Stay).open(request, timeout=endpoint.timeout) as response:
        answer = _whole(response, endpoint.timeout)
    content: str = json.loads(answer)["choices"][0]["message"]["content"]
    statements = json.loads(content.strip().removeprefix("```json").strip("`\n "))["statements"]
    if not isinstance(statements, list):
        raise TypeError("the answer holds no list of statements")
    return statements


def _whole(response: Any, timeout: float) -> bytes:
    """The answer's body. The timeout of a connection counts from byte to byte, so the whole has a limit of its own."""
    latest = monotonic() + timeout
    answer = b""
    while chunk := response.read1(1 << 16):
        answer += chunk
        if len(answer) > _MOST_ANSWER_BYTES:
            raise ValueError("the answer is too long")
        if monotonic() > latest:
            raise TimeoutError("the answer takes too long")
    return answer


def _accepted(rows: Sequence[Any], reading: Reading, asked: Sequence[tuple[int, int, int]]) -> Iterator[Statement]:
    """The proposals that keep the rules, each once; the others are left out."""
    seen: set[Statement] = set()
    for row in rows:
        statement = _statement(row, reading, asked) if isinstance(row, dict) else None
        if statement is not None and statement not in seen:
            seen.add(statement)
            yield statement


def _statement(row: dict[str, Any], reading: Reading, asked: Sequence[tuple[int, int, int]]) -> Statement | None:
    number, quote, action = row.get("sentence"), row.get("quote"), row.get("action")
    if type(number) is not int or not 1 <= number <= len(asked) or not isinstance(quote, str) or not quote.strip():
        return None
    place = asked[number - 1]
    at = _words(reading, place).find(quote)
    if at < 0 or action not in _actions():
        return None
    data, purpose, recipient = row.get("data"), row.get("purpose"), row.get("recipient")
    if not (_term("data", data) and _term("purposes", purpose) and (recipient is None or recipient in _recipients())):
        return None
    document, start, end = place
    return Statement(
        action=action,
        start=start,
        end=end,
        data=data,
        recipient=recipient,
        purpose=purpose,
        negated=row.get("negated") is True,
        certain=False,
        words=(start + at, start + at + len(quote)),
        document=document,
    )


def _term(name: Any, term: Any) -> bool:
    return term is None or (isinstance(term, str) and exists(name, term))
