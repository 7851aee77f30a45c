"""The Dagster definitions: everything in `defs/`. Nothing else belongs here."""

from functools import cache
from pathlib import Path

import dagster as dg


@cache
def _loaded() -> dg.Definitions:
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)


@dg.definitions
def defs() -> dg.Definitions:
    """Load all objects of the folder `defs`.

    Dagster asks up to six times in one process, and loading takes a third of a second; what it gets is the same each
    time. "Reload definitions" in the UI starts a new process.
    """
    return _loaded()
