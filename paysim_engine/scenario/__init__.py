"""Scenario files: reading, checking, and handing them to the engine (spec 06).

A scenario file describes one simulation: the clock, the banks, their policies, the payments that come up, what
happens when, and what waiting costs. `load_scenario` is the only way in; everything it refuses, it refuses in one
report (`ScenarioError`). Importing this package imports neither pydantic nor yaml: those come with the first load.
"""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from paysim_engine.scenario.problems import MISSING, Problem, ScenarioError

if TYPE_CHECKING:
    from paysim_engine.scenario.loader import LoadedScenario

__all__ = ["load_scenario", "LoadedScenario", "ScenarioError", "Problem", "MISSING"]


def load_scenario(
    path: str | PathLike[str],
    *,
    policy_dirs: Sequence[str | PathLike[str]] = (),
    strict: bool = False,
    reference_cli: bool = False,
) -> "LoadedScenario":
    """Loads and checks a scenario file.

    Args:
        path: A `.yaml`, `.yml` or `.json` file.
        policy_dirs: Folders in which `simulator/policies/...` paths are looked up as well (06 §10).
        strict: Whether legacy keys (06 §12) are errors instead of warnings.
        reference_cli: Whether keys that the reference's own command line drops are set back to its engine's
            defaults (06 §2), with a warning for each.

    Returns:
        The scenario, with its warnings.

    Raises:
        ScenarioError: If the file cannot be read or anything in it is wrong; it carries all problems found.
    """
    from paysim_engine.scenario.loader import load

    return load(path, policy_dirs=policy_dirs, strict=strict, reference_cli=reference_cli)


def __getattr__(name: str) -> Any:
    if name == "LoadedScenario":
        from paysim_engine.scenario.loader import LoadedScenario

        return LoadedScenario
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
