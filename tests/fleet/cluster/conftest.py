"""An app that is scanned in a moment."""

from pathlib import Path

import pytest

from fixtures.builder import build

_APPS = Path(__file__).parents[3] / "fixtures" / "apps"


@pytest.fixture(scope="session")
def tiny_apk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The smallest of our test apps."""
    made = tmp_path_factory.mktemp("tiny") / "tiny.apk"
    build(_APPS / "tap-reads-id", made)
    return made.read_bytes()
