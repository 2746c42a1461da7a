"""What a recording did not see, in a reader's words: importers and recorders say why in one word, `rules/texts/losses.yml` tells it."""

from mingjian.model.texts import in_both, keys
from mingjian.model.types import Text

_LONGEST = 200


def loss_in_words(what: str, detail: str = "") -> Text:
    """A loss as a part of a sentence, its detail behind a colon. A word that we do not know, of another writer, stands for itself."""
    key = f"loss.{what}"
    known = in_both(key) if key in keys() else Text(what[:_LONGEST] or "?", what[:_LONGEST] or "?")
    more = detail[:_LONGEST]
    return Text(f"{known.zh}：{more}", f"{known.en}: {more}") if more else known


def moment_in_words(name: str) -> Text:
    """The name of a moment at which something was lost: `<word> <detail>`, with or without a colon between them, or `<example> (<word>)`
    for what was not read of a request."""
    word, _, detail = name.partition(" ")
    if f"loss.{word.removesuffix(':')}" in keys():
        return loss_in_words(word.removesuffix(":"), detail)
    example, bracket, why = name.rpartition(" (")
    if not bracket or not why.endswith(")"):
        return Text(name, name)
    words = loss_in_words(why[:-1])
    return Text(f"{example}（{words.zh}）", f"{example} ({words.en})")
