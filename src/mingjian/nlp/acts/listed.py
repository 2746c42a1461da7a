"""What the rows of a list of third parties tell."""

from collections.abc import Iterable

from mingjian.nlp.reading import SdkRow, Statement


def listed(rows: Iterable[SdkRow]) -> list[Statement]:
    """Each third party is part of the app, and collects what its row names; a name that fits several gives an uncertain row for each."""
    found = []
    for row in rows:
        certain = len(row.sdks) == 1
        for sdk in row.sdks:
            actor = sdk if sdk.startswith("sdk.") else f"sdk.{sdk}"
            found.append(Statement("embed", row.start, row.end, actor=actor, certain=certain))
            found += [
                Statement("collect", row.start, row.end, data=data, actor=actor, purpose=purpose, certain=certain)
                for data in row.data
                for purpose in row.purposes or (None,)
            ]
    return found
