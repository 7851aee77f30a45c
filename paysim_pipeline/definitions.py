"""The Dagster definitions: everything in `defs/`. Nothing else belongs here."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Load all objects of the folder `defs`."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
