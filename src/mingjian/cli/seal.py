"""`seal` and `verify`: a signed list of what a dossier holds, and whether it still holds."""

from pathlib import Path

import click
from cryptography.hazmat.primitives import serialization

from mingjian import seal as seals
from mingjian.cli import text
from mingjian.cli.options import lang_option
from mingjian.errors import UsageError
from mingjian.model.printable import printable

BROKEN = 1
"""The exit code of a dossier that does not agree with its seal: as with `violated`, something was found."""

_PATH = click.Path(path_type=Path)


@click.command(help=text("cli.seal.help"), short_help=text("cli.seal.short"), epilog=text("cli.seal.examples"))
@click.argument("folder", metavar="DOSSIER", type=_PATH)
@click.option("--key", required=True, type=_PATH, metavar="FILE", help=text("cli.seal.key"))
@click.option("--new-key", is_flag=True, help=text("cli.seal.new_key"))
@click.option("--by", default="", metavar="NAME", help=text("cli.seal.by"))
@lang_option
def seal(folder: Path, key: Path, new_key: bool, by: str, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Seals a folder; a key is made only when that is asked for, and never inside the folder."""
    if key.resolve().is_relative_to(folder.resolve()):
        raise UsageError("seal.key_inside", path=key)
    secret = seals.new_key(key) if new_key else seals.private_key(key)
    manifest = seals.seal(folder, secret, printable(by))
    click.echo(text("cli.seal.sealed", path=str(folder / seals.FILE), files=len(manifest["files"])))
    click.echo(text("cli.seal.fingerprint", fingerprint=manifest["key"]["fingerprint"]))
    if new_key:
        form, encoding = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.PEM
        click.echo(secret.public_key().public_bytes(encoding, form).decode().rstrip())
    return 0


@click.command(help=text("cli.verify.help"), short_help=text("cli.verify.short"), epilog=text("cli.verify.examples"))
@click.argument("folder", metavar="DOSSIER", type=_PATH)
@click.option("--key", type=_PATH, metavar="PUB", help=text("cli.verify.key"))
@click.option("--fingerprint", metavar="HEX", help=text("cli.verify.fingerprint"))
@lang_option
def verify(folder: Path, key: Path | None, fingerprint: str | None, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Says file by file what does not agree with the seal."""
    if key is not None and fingerprint is not None:
        raise UsageError("seal.one_key")
    known = seals.fingerprint(seals.public_key(key)) if key is not None else None
    checked = seals.verify(folder, seals.expected(fingerprint) if fingerprint is not None else known)
    for fault in checked.faults:
        click.echo(text(f"seal.fault.{fault.fault}", name=fault.name))
    if checked.faults:
        click.echo(text("cli.verify.broken", path=str(folder), files=checked.files, faults=len(checked.faults)))
    else:
        click.echo(text("cli.verify.intact", path=str(folder), files=checked.files))
    click.echo(text("cli.verify.sealed", by=checked.by or "-", at=checked.at, fingerprint=checked.fingerprint))
    if not checked.known:
        click.echo(text("cli.verify.unknown_key"))
    return BROKEN if checked.faults else 0
