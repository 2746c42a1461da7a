"""Reading what a program sends: no zero characters and no halves of characters, which no column of a database holds."""

import re
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.errors import HttpError
from ninja.parser import Parser

_NEVER_STORED = re.compile("[\0\ud800-\udfff]")


class Storable(Parser):
    """The library's reader of bodies and fields, which answers 400 to what could not be stored."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The JSON of a body."""
        told = super().parse_body(request)
        _refuse(told)
        return told

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        """The fields of an address or a form."""
        told: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        _refuse(told)
        return told


def _refuse(told: Any) -> None:
    left = [told]
    while left:
        match left.pop():
            case dict() as values:
                left += [*values.keys(), *values.values()]
            case list() as values:
                left += values
            case str() as text if _NEVER_STORED.search(text):
                raise HttpError(400, "characters")
