"""Data that a sentence says to be collected and no list knows, by the learnt tagger."""

from collections.abc import Sequence

from mingjian.nlp.lexicon import data
from mingjian.nlp.reading import Outline, Statement
from mingjian.nlp.tagger import spans

MOST_SENTENCES = 40
"""How many sentences of a document are tagged: tagging is slow, and the sentences that collect come first."""


def unlisted(outline: Outline, topics: Sequence[dict[str, float]], told: Sequence[Statement]) -> list[Statement]:
    """An uncertain `collect other.unlisted` for each phrase that is tagged as data in a sentence which surely collects something for the
    app, and that holds no term of the vocabulary. It tells a reader, and a language model that may be asked, where to look."""
    collecting = {each.start for each in told if each.action == "collect" and each.actor == "app" and each.certain and not each.negated}
    found: list[Statement] = []
    tagged = 0
    for sentence, scores in zip(outline.sentences, topics, strict=True):
        if sentence.start not in collecting or scores.get("collection", 0) <= 0:
            continue
        tagged += 1
        if tagged > MOST_SENTENCES:
            break
        known = data(sentence.text, sentence.lang)
        for span in spans(sentence.text, sentence.lang):
            if span.term == "data" and not any(span.start < each.end and each.start < span.end for each in known):
                words = sentence.start + span.start, sentence.start + span.end
                found.append(Statement("collect", sentence.start, sentence.end, data="other.unlisted", certain=False, words=words))
    return found
