"""The web framework made ready in a process that is not a web server's: the command line's and the worker's."""

import hashlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from mingjian.console.home import home as own_home
from mingjian.errors import TryAgainError, UsageError
from mingjian.model.shipped import rules_folder

_DATABASES = ("postgresql://", "postgres://", "sqlite:///")
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  compared with, not bound to


_STAMP = "demonstration"
"""The file that marks a folder as the demonstration's, with the digest of the program that filled it."""


def demo_home(home: Path | None) -> Path:
    """The folder of the demonstration, beside what is real. What another version of the program invented there is thrown away. Raises
    `UsageError` for a folder that holds a real console, and when the extra is not installed."""
    _check_installed()
    folder = home or own_home() / "demo"
    stamp = folder / _STAMP
    if folder.is_dir() and any(folder.iterdir()) and not stamp.exists():
        raise UsageError("console.operation.not_a_demo", path=folder)
    program = _program()
    if stamp.exists() and stamp.read_text(encoding="ascii") != program:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp.write_text(program, encoding="ascii")
    return folder


def _program() -> str:
    """The digest of the console and of all rules: what the demonstration is made by, and of."""
    digest = hashlib.sha256()
    package = Path(str(rules_folder())).parent
    for file in sorted(
        file for part in ("console", "rules", "judge") for file in (package / part).rglob("*") if file.suffix in (".py", ".yml")
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def ready(home: Path | None = None, database: str | None = None, *, host: str = "", demo: bool = False) -> None:
    """Settings from the options and the environment, the parts loaded. Raises `UsageError` when the extra is not installed, or the
    folder or the database is none that can be used.

    Every module that touches the database is imported after this, which is why this one imports the framework within."""
    _check_installed()
    for name, value in (("MINGJIAN_HOME", home), ("MINGJIAN_DATABASE", database), ("MINGJIAN_DEMO", "1" if demo else None)):
        if value is not None:
            os.environ[name] = str(value)
    if demo:
        # The demonstration has well-known passwords, so it never touches a house's own database.
        os.environ.pop("MINGJIAN_DATABASE", None)
        os.environ.pop("MINGJIAN_FLEET_DATABASE", None)
        os.environ["MINGJIAN_LAKE"] = str(own_home() / "lake")
        # Its privacy policy names a house as a real one has to.
        os.environ.setdefault("MINGJIAN_HOUSE", "示例市应用监管中心 (Example City App Oversight)")
        os.environ.setdefault("MINGJIAN_CONTACT", "privacy@example.org")
    if host not in _ANYWHERE and "MINGJIAN_HOSTS" not in os.environ:
        os.environ["MINGJIAN_HOSTS"] = ",".join(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host]))
    url = os.environ.get("MINGJIAN_DATABASE", "")
    if url and not _names_database(url):
        raise UsageError("console.operation.other_database", url=url.partition(":")[0][:40])
    try:
        own_home().mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError("console.operation.no_home", path=own_home(), why=error.strerror or type(error).__name__) from error
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingjian.console.settings")
    import django  # noqa: PLC0415  settings are read at import

    django.setup()


def _names_database(url: str) -> bool:
    """Whether a URL is of a kind of database that is known, names one, and is text."""
    try:
        url.encode()
        path = urlsplit(url).path
    except ValueError:
        return False
    return url.startswith(_DATABASES) and path.strip("/") != ""


def _check_installed() -> None:
    if find_spec("django") is None or find_spec("allauth") is None:
        raise UsageError("console.operation.not_installed")


def migrate() -> None:
    """Brings the tables to this version, in a folder that is made if needed. Raises `TryAgainError` when the database does not answer."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import DatabaseError, connection  # noqa: PLC0415

    try:
        connection.ensure_connection()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        raise TryAgainError("console.operation.no_database", why=str(error).splitlines()[0][:200]) from error


def has_people() -> bool:
    """Whether anybody can sign in."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415

    return get_user_model().objects.exists()
