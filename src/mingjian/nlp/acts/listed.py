"""What the rows of tables tell: third parties, and what the app asks for or collects itself."""

from collections.abc import Iterable, Iterator, Sequence

from mingjian.nlp.acts.ask import opened_by
from mingjian.nlp.companies import slug
from mingjian.nlp.reading import OwnRow, SdkRow, Statement


def listed(rows: Iterable[SdkRow], denials: Sequence[Statement]) -> Iterator[Statement]:
    """Each third party is part of the app, and collects what its row names; a name that fits several gives an uncertain row for each,
    one that the catalogue lacks `sdk.unlisted.<name>`. What the `denials` in the same place deny of it is not claimed."""
    for row in rows:
        certain = len(row.sdks) <= 1
        for actor in [f"sdk.{sdk}" for sdk in row.sdks] or [f"sdk.unlisted.{slug(row.name or row.company)}"]:
            yield Statement("embed", row.start, row.end, actor=actor, certain=certain)
            denied = {each.data for each in denials if each.actor == actor and each.start < row.end and row.start < each.end}
            for data in row.data:
                for purpose in () if data in denied else row.purposes or (None,):
                    yield Statement("collect", row.start, row.end, data=data, actor=actor, purpose=purpose, certain=certain)


def own(rows: Iterable[OwnRow]) -> Iterator[Statement]:
    """What a row says the app collects, and which permissions it asks for; what these open is uncertain unless the row names data."""
    for row in rows:
        for purpose in row.purposes or (None,):
            for data in row.data:
                yield Statement("collect", row.start, row.end, data=data, purpose=purpose)
            for permission in row.permissions:
                yield Statement("ask", row.start, row.end, data=permission, purpose=purpose)
                for data in () if row.data else opened_by(permission):
                    yield Statement("collect", row.start, row.end, data=data, purpose=purpose, certain=False)


def unread(rows: Iterable[OwnRow], said: Sequence[Statement]) -> Iterator[Statement]:
    """Data that stands in a table which could not be read may well be told to be collected there, and why: an uncertain claim, unless
    what was `said` in the same place speaks of it."""
    for row in rows:
        told = {each.data for each in said if each.start < row.end and row.start < each.end}
        for data in row.data:
            if data not in told:
                yield Statement("collect", row.start, row.end, data=data, purpose="stated", certain=False)
