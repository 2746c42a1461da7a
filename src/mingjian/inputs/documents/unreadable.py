"""The one refusal of a reader of documents."""


class UnreadableError(ValueError):
    """No document, or one of a format that is not read; `key` is the text that says so."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key
