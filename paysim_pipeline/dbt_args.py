"""The arguments of dbt, put together by functions that need neither dbt nor Dagster.

Belongs here: what is asked of dbt for which scenarios. Does not belong here: running it.
"""

import json
from collections.abc import Sequence

from paysim_pipeline.partitions import SCENARIO_NAME

COMPARISON = "fqn:paysim.marts.comparison"
"""Selects the models that compare runs: they are about all scenarios at once, and built apart from the others."""


def scenario_vars(scenarios: Sequence[str]) -> dict[str, list[str]]:
    """The variables for a set of scenarios; an empty set means all of them, as in a bare `dbt build`.

    Raises:
        ValueError: a name has another form than [a-z][a-z0-9_]*; it would stand in SQL as it is.
    """
    for name in scenarios:
        if not SCENARIO_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a scenario")
    return {"scenario_ids": list(scenarios)}


def build_args(scenarios: Sequence[str], *, full_refresh: bool = False, selection: Sequence[str] = ()) -> list[str]:
    """The command line after `dbt` that builds and tests the models for a set of scenarios.

    Unit tests are left out: they need the parents of a model to exist, and prove the SQL, not the data.

    Args:
        scenarios: names of scenarios; all if empty.
        full_refresh: build the tables anew instead of replacing the scenarios' rows.
        selection: arguments that select models, such as `--select gridlock+`; all models if empty.
    """
    variables = json.dumps(scenario_vars(scenarios), separators=(",", ":"))
    arguments = ["build", "--vars", variables, "--exclude-resource-type", "unit_test", *selection]
    return [*arguments, "--full-refresh"] if full_refresh else arguments
