"""What the shell offers when TAB is pressed behind an argument or an option.

Belongs here: the values that there are: scenarios, runs, banks, policies, kinds of events. Does not belong here: names
of commands and options, which typer knows; files, which the shell itself offers where nothing here fits.

It must be quick and it must be silent: a warehouse that is missing, locked or damaged has nothing to offer.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from paysim_pipeline.settings import Settings

Offers = list[str | tuple[str, str]]
"""Values, some with a few words about them, which zsh and fish show."""


def scenarios(incomplete: str) -> Offers:
    """The scenarios of the folder, by name; files for what is no beginning of a name."""
    with suppress(ValueError, OSError):
        return [
            path.stem
            for path in sorted(Settings.from_environment().scenarios.glob("*.yaml"))
            if path.stem.startswith(incomplete)
        ]
    return []


def runs(ctx: typer.Context, incomplete: str) -> Offers:
    """The runs of the warehouse: the names of their scenarios where those are enough, and ids.

    Ids that nobody chose are offered once their beginning is typed.
    """
    stored = _ask(ctx, "select simulation_id, scenario, kept from raw.simulations order by scenario, simulation_id")
    scenarios_of = [scenario for _, scenario, _ in stored]
    names = dict.fromkeys(scenario for _, scenario, kept in stored if not kept or scenarios_of.count(scenario) == 1)
    ids = [(run, f"run of {scenario}") for run, scenario, kept in stored if run not in names and (kept or incomplete)]
    return [*((name, "its latest run") for name in names), *ids]


def stored_scenarios(ctx: typer.Context, incomplete: str) -> Offers:
    """The scenarios that have runs in the warehouse."""
    return [name for (name,) in _ask(ctx, "select distinct scenario from raw.simulations order by scenario")]


def agents(ctx: typer.Context, incomplete: str) -> Offers:
    """The banks of the run that was named before, of all runs if none was."""
    # While the value of the last option is missing, what was named stands among the arguments not yet understood.
    named = [ctx.params.get(name) for name in ("run", "simulation", "scenario")] + ctx.args[:1]
    wanted = next((name for name in named if name), None)
    return [
        name
        for (name,) in _ask(
            ctx,
            "select distinct agent_id from raw.agents where $1 is null or simulation_id in (select simulation_id from "
            "raw.simulations where $1 in (simulation_id, scenario)) order by agent_id",
            [wanted],
        )
    ]


def event_types(incomplete: str) -> Offers:
    """The types of events; behind a comma, the next one."""
    from paysim_engine.record.schema import EVENT_CODE

    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in EVENT_CODE]


def policies(incomplete: str) -> Offers:
    """The policies of the library and the built-in types; files for what is no beginning of a name."""
    from paysim_engine.policy.builtin import BUILTIN
    from paysim_engine.policy.library import library_names

    return [*((name, "built in") for name in BUILTIN), *(name.removesuffix(".json") for name in library_names())]


def sorts(incomplete: str) -> Offers:
    """The orders in which events can be shown."""
    return [("tick_asc", "as it happened"), ("tick_desc", "latest first")]


def _ask(ctx: typer.Context, question: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """The answer of the warehouse that the command line names; nothing if it has none at once."""
    with suppress(Exception):
        database = ctx.params.get("database")
        path = Path(database).expanduser() if database else Settings.from_environment().database
        # DuckDB would create it.
        if path.is_file():
            import duckdb

            with duckdb.connect(str(path), read_only=True) as connection:
                return connection.execute(question, values or []).fetchall()
    return []
