"""The partitions of the Dagster assets: one per scenario file.

Belongs here: which files are scenarios and how they are named. Does not belong here: reading them. Static partitions,
since git is the record of scenarios: keys exist in every instance, and a difference shows in a diff. A new file appears
when the definitions are reloaded.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from paysim_pipeline.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

SCENARIO_NAME = re.compile(r"[a-z][a-z0-9_]*")
"""Form of a scenario's name: it is a partition key, a directory, a word in SQL."""


def scenario_files(directory: Path) -> dict[str, Path]:
    """The scenarios of a folder: name -> file, by name.

    Files with names of another form are left out; `misnamed_files` has them.
    """
    return {path.stem: path for path in sorted(directory.glob("*.yaml")) if SCENARIO_NAME.fullmatch(path.stem)}


def misnamed_files(directory: Path) -> list[Path]:
    """The YAML files of a folder that cannot be scenarios because of their names."""
    files = [*directory.glob("*.yaml"), *directory.glob("*.yml")]
    return sorted(path for path in files if path.suffix != ".yaml" or not SCENARIO_NAME.fullmatch(path.stem))


def misnamed_words(directory: Path) -> list[str]:
    """For each of `misnamed_files` what is wrong with it and what to do."""
    rule = (
        "the name of a scenario file is lower-case letters, digits and underscores, begins with a letter, and ends in"
    )
    return [f"{path}: {rule} .yaml; rename it" for path in misnamed_files(directory)]


def scenario_partitions(settings: Settings | None = None) -> "dg.StaticPartitionsDefinition":
    """One partition per scenario file."""
    import dagster as dg

    used = settings or Settings.from_environment()
    return dg.StaticPartitionsDefinition(list(scenario_files(used.scenarios)))
