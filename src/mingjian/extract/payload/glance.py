"""A look over a large text before it is taken apart: which of its values could be evidence at all."""

import re

from mingjian.extract.known_values import KnownValues
from mingjian.extract.payload.layers import explains
from mingjian.extract.payload.names import speaks
from mingjian.extract.payload.patterns import quoted_places, shown

LARGE = 1024
"""Characters from which looking over is cheaper than taking everything apart."""

_MOST_HOT = 40
_MOST_NAMES = 4000
_KEY = re.compile(r"\"([^\"\\]{1,128})\\{0,8}\"\s?:")
_WORD = re.compile(r"[A-Za-z][A-Za-z_]{2,63}")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)")
_PARTED = re.compile(r"\"(\+?[0-9A-Fa-f]{2,4}(?:[ .-][0-9A-Fa-f]{2,5}){1,5})\"")
_HEX = "abcdefABCDEF"
_START_OF_LAYER = ("{", "[", '"', "<")


class Glance:
    """Which single values of one text are worth a closer look. It errs by too much, never by too little."""

    def __init__(self, text: str, known: KnownValues | None) -> None:
        # Values of which only the hash is known leave no trace that could be seen from afar.
        self._all = known is not None and known.only_sealed
        names = {*_KEY.findall(text), *(word for word in set(_WORD.findall(text)) if word.strip(_HEX))}
        hot: set[str] = set()
        if len(names) > _MOST_NAMES:
            self._all = True
        if not self._all:
            hot.update(name.lower() for name in names if speaks(name))
            hot.update(token.lower() for token in set(_ENCODED.findall(text)) if not token.isdigit() and explains(token))
            hot.update(each.text.lower() for each in shown(text))
            hot.update(quoted_places(text))
            if known is not None:
                hot.update(known.traces(_ESCAPE.sub(" ", text).lower() if "\\" in text else text.lower()))
                hot.update(parted.lower() for parted in set(_PARTED.findall(text)) if known.is_value(parted))
        self._all = self._all or len(hot) > _MOST_HOT
        self._layers = "%" in text or "\\" in text or "<" in text
        self._hot = tuple(sorted(hot))

    @property
    def nothing(self) -> bool:
        """Whether the text holds no evidence at all."""
        return not (self._all or self._layers or self._hot)

    def wants(self, name: str, text: str) -> bool:
        """Whether one value, under this name, is worth a closer look."""
        if self._all or speaks(name):
            return True
        if self._layers and (text.startswith(_START_OF_LAYER) or "%" in text):
            return True
        lower = text.lower()
        return any(each in lower for each in self._hot)
