"""Where the console keeps what is not in the database: its keys and the files it was given or made."""

import os
import secrets
from pathlib import Path


def home() -> Path:
    """The console's folder: `MINGJIAN_HOME`, else `mingjian` among the user's data."""
    if named := os.environ.get("MINGJIAN_HOME"):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mingjian"


def secret(name: str) -> str:
    """The secret of that name, 64 hexadecimal digits in a file that only its owner reads; made at the first use."""
    file = home() / "keys" / name
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(secrets.token_hex(32))
        out.flush()
        os.fsync(out.fileno())
    try:
        # Two processes may start at once; the first to link wins, and both use what it wrote.
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return file.read_text(encoding="ascii").strip()
