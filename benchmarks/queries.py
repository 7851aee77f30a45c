"""How long each query of `paysim_pipeline.warehouse.queries` takes on a large run.

Belongs here: calling all of them with arguments that fit. A query with an argument that is not known here is an error,
so that a new one is measured or left out on purpose.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.unit import wall_seconds

BUDGET = 1.0
"""Seconds that a query may take."""

SHOWN = 3
"""The slowest ones get a line each."""

LEFT_OUT = frozenset({"clear_simulation_events", "has_models"})
"""One deletes, the other asks nothing of a mart."""


def questions() -> dict[str, Callable[..., Any]]:
    """The queries by name."""
    from paysim_pipeline.warehouse import queries

    functions = {name: getattr(queries, name) for name in queries.__all__ if name not in LEFT_OUT}
    return {name: function for name, function in functions.items() if inspect.isfunction(function)}


def arguments_for(question: Callable[..., Any], example: dict[str, Any]) -> dict[str, Any]:
    """The arguments that a query must have, from the example.

    Raises:
        LookupError: it wants one that the example does not have.
    """
    parameters = list(inspect.signature(question).parameters.values())[1:]
    needed = [parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty]
    unknown = [name for name in needed if name not in example]
    if unknown:
        raise LookupError(
            f"{question.__name__} wants {', '.join(unknown)}: say in benchmarks/queries.py what it is asked with"
        )
    return {name: example[name] for name in needed}


def slowest_queries(database: Path, case: str, *, quick: bool) -> list[Figure]:
    """Ask everything once to warm up and then three times; the best time of each counts.

    Args:
        database: a warehouse with one run, its models built.
        case: the case of the figures.
        quick: ask once.
    """
    from paysim_pipeline.settings import Settings
    from paysim_pipeline.warehouse.connection import reader
    from paysim_pipeline.warehouse.queries import EventFilter

    settings = replace(Settings.from_environment(), database=database)
    seconds: dict[str, float] = {}
    with reader(settings) as connection:
        simulation, ticks, days = connection.execute(
            "select simulation_id, ticks_per_day * num_days, num_days from raw.simulations"
        ).fetchall()[0]
        example = {
            "simulation_id": simulation,
            "first": simulation,
            "second": simulation,
            "agent_id": "BANK_0000",
            "tick": ticks // 2,
            "from_tick": 0,
            "to_tick": ticks - 1,
            "day": days // 2,
            "wanted": EventFilter(),
        }
        for name, question in questions().items():
            given = arguments_for(question, example)
            ask = partial(question, connection, **given)
            seconds[name] = min(wall_seconds(ask) for _ in range(1 if quick else 4))
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    found = [
        Figure(case, "s", taken, BUDGET, measured=f"slowest queries: {name}" if not place else name)
        for place, (name, taken) in enumerate(ordered[:SHOWN])
    ]
    found[0] = replace(found[0], details=seconds)
    return found
