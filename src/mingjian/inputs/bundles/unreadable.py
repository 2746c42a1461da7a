"""Why a bundle, or a part of it, cannot be read: a code of `rules/texts/bundles.yml`, so that it can be told in either language."""


class UnreadableError(Exception):
    """`code` names the text; `detail` is what the text does not say: a path, a number."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail[:200]
