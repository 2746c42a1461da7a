"""What the console answers when a step is not allowed or does not fit."""

from mingjian.errors import MingjianError


class RefusedError(MingjianError):
    """A person asked for something that the rules of the house, the state of a case or the form of the input forbid.

    The key is one of `console.*`; nothing was changed. Pages show it beside the form, the interface for programs answers 409 (`conflict`)
    or 422."""

    exit_code = 64

    def __init__(self, key: str, *, conflict: bool = False, **values: object) -> None:
        super().__init__(key, **values)
        self.conflict = conflict
