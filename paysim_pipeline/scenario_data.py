"""A scenario that is at hand as data: from a warehouse, or from a program that makes scenarios.

Belongs here: giving it to the loader, with all its checks. Does not belong here: any check.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paysim_engine.scenario import LoadedScenario


def scenario_from(data: Mapping[str, Any], name: str, config_file: str = "") -> "LoadedScenario":
    """The loaded scenario of a mapping with the sections of a scenario file.

    Args:
        data: the sections; policies stand inline or are built-in ones, since there is no folder to look for files in.
        name: the scenario's name.
        config_file: name of the file that it once stood in.

    Raises:
        ScenarioError: it is no sound scenario; carries all problems.
        ValueError: it holds something that JSON does not know.
    """
    from paysim_engine.scenario import ScenarioError, load_scenario

    with TemporaryDirectory(prefix="paysim-") as folder:
        # Through the same door as every scenario.
        path = Path(folder) / "scenario.json"
        path.write_text(json.dumps(data, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        try:
            loaded = load_scenario(path)
        except ScenarioError as error:
            raise ScenarioError(f"scenario {name}", error.problems) from None
    return replace(loaded, name=name, path=Path(config_file))
