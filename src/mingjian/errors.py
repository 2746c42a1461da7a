"""The four ways a request can fail without being our fault.

Each carries a key of `rules/texts/errors.yml` and the values for it, so that the caller can tell it in either language."""

from functools import partial


class MingjianError(Exception):
    """What, where and what to do, in one line; `exit_code` is the documented one of the architecture page."""

    exit_code = 70

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return f"{self.key} {self.values}"

    def __reduce__(self) -> tuple[object, ...]:
        """One that was raised in another process arrives as it was."""
        return partial(type(self), self.key, **self.values), ()


class UsageError(MingjianError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 64


class InputError(MingjianError):
    """An input cannot be read, or holds nothing to scan."""

    exit_code = 65


class RuleError(MingjianError):
    """A rule pack or catalogue does not load."""

    exit_code = 66


class TryAgainError(MingjianError):
    """Something outside did not answer, or not in time; the same request may work later."""

    exit_code = 75
