"""Recordings of what an app did while it ran, of whatever tool, brought to the values of `run/1`."""

from mingjian.inputs.recording.recording import IMPORTERS, Importer, Recorded, Recording, open_recording

__all__ = ["IMPORTERS", "Importer", "Recorded", "Recording", "open_recording"]
