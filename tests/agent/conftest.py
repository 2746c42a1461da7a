"""What the tests of the agent share: the app of the bench, ready to be run."""

import pytest

from fixtures.bench.machine import UnfitMachineError, compile_fakes, find_jdk, translate_app
from fixtures.bench.play import Stage


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The app without a network."""
    folder = tmp_path_factory.mktemp("bench")
    try:
        jdk = find_jdk()
        return Stage(
            jdk, (compile_fakes(jdk, folder / "fakes"), translate_app(folder)), ["-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=9"]
        )
    except UnfitMachineError as error:
        pytest.skip(str(error))
