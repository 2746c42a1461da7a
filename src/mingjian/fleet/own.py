"""Whose lake a folder holds: a share that is not mounted, or is another one, must take no run's reports."""

from pathlib import Path

from mingjian import lake
from mingjian.errors import InputError, TryAgainError, UsageError
from mingjian.fleet.journal import Journal
from mingjian.fleet.run import Run
from mingjian.lake.manifest import MARK, identity


def own_lake(journal: Journal, folder: Path) -> str:
    """The id of the lake that the journal's runs fill. The first of them founds it in `folder`; for all others it must be there. What a
    journal knows of reports is true of one lake only. Raises `UsageError` when the folder holds another lake or none."""
    kept = next((run.lake for run in journal.runs() if run.lake), "")
    there = identity(folder)
    if kept and not there:
        raise UsageError("fleet.lake_away", path=folder)
    if kept not in ("", there):
        raise UsageError("fleet.other_lake", path=folder, there=there, lake=kept)
    return lake.found(folder)


def check_lake(run: Run, folder: Path) -> None:
    """Raises `TryAgainError` unless `folder` holds the lake of the run; of a run that an older program began, any lake will do."""
    try:
        there = identity(folder)
    except InputError as error:
        raise TryAgainError(error.key, **error.values) from error
    if not there and (run.lake or not (folder / MARK).is_file()):
        raise TryAgainError("fleet.lake_away", path=folder)
    if run.lake not in ("", there):
        raise TryAgainError("fleet.other_lake", path=folder, there=there, lake=run.lake)
