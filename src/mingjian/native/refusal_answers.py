"""What the core answers about requests for permission and their refusal, key for key as `docs/boundary.md` gives it."""

from typing import TypedDict


class CallLink(TypedDict):
    """A method on a way, and the code unit at which it goes on."""

    method: str
    unit: int


class RefusalEnd(TypedDict):
    """What only a refusal leads to: `id` is the row of the query, `chain` begins with the method that is told; `button` is the call that
    sets the button of a dialog which leads there, none when none has to be pressed; `code` the number of a request that is made again."""

    id: str
    what: str
    code: int | None
    chain: list[CallLink]
    button: str | None
    certain: bool


class RequestReason(TypedDict):
    """What explains a request before it is made."""

    id: str
    what: str
    method: str
    unit: int


class Refusal(TypedDict):
    """A request for permission and what its refusal leads to; `id` is none for a method that is told of requests which are not seen."""

    id: str | None
    method: str
    unit: int
    code: int | None
    answers: list[str]
    ends: list[RefusalEnd]
    reason: RequestReason | None
    complete: bool
