"""Warehouses that older code made (`data/README.md`). Belongs here: getting a copy of one. Nothing else."""

import gzip
import shutil
from pathlib import Path

from paysim_pipeline.settings import Settings
from tests.warehouse.sample import settings

DATA = Path(__file__).parent / "data"


def old_warehouse(folder: Path, name: str = "schema_0001") -> Settings:
    """A copy of an old warehouse, as it was."""
    folder.mkdir(parents=True, exist_ok=True)
    found = settings(folder)
    with gzip.open(DATA / f"{name}.duckdb.gz") as packed, found.database.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return found
