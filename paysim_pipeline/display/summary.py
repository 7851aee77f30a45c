"""A run in a few figures, when it has ended or when it is looked up.

Belongs here: the summary of `paysim simulate`, `run` and `replay`, for people and for programs (07 §6.4). Does not
belong here: what a command says besides.
"""

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from paysim_pipeline.cli import output

if TYPE_CHECKING:
    import duckdb

    from paysim_engine.scenario import LoadedScenario
    from paysim_pipeline.overview import Record
    from paysim_pipeline.simulate import RunFigures

_AGENTS_SHOWN = 12


@dataclass(frozen=True)
class Summary:
    """What a run came to. Money in cents.

    Attributes:
        facts: what was run, by what: the first part of the form for programs.
        metrics: payments and events.
        total_cost: all costs of all agents.
        agents: the accounts at the end, by id, as `Simulation.summary()` has them.
        seconds: how long it took.
        ticks_per_second: how fast it went.
    """

    facts: dict[str, Any]
    metrics: dict[str, Any]
    total_cost: int
    agents: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    ticks_per_second: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The summary for programs."""
        speed = {"duration_seconds": self.seconds, "ticks_per_second": self.ticks_per_second}
        return {
            "simulation": {**self.facts, **speed},
            "metrics": self.metrics,
            "costs": {"total_cost": self.total_cost},
            "agents": self.agents,
            "performance": {"ticks_per_second": self.ticks_per_second},
        }


def of_figures(loaded: "LoadedScenario", figures: "RunFigures") -> Summary:
    """The summary of a run that has just ended."""
    import paysim_engine

    summary, config = figures.summary, figures.config
    facts = {
        "scenario": loaded.name,
        "config_file": str(loaded.path),
        "fingerprint": loaded.fingerprint,
        "seed": config.rng_seed,
        "num_days": int(config.num_days),
        "ticks_per_day": int(config.ticks_per_day),
        "ticks_executed": summary["ticks"],
        "engine_version": paysim_engine.__version__,
        "compiled": paysim_engine.is_compiled(),
        "events_digest": figures.bundle.manifest.events_digest if figures.bundle else None,
    }
    metrics = {
        "total_events": summary["events"],
        "total_arrivals": summary["total_arrivals"],
        "total_settlements": summary["total_settlements"],
        "total_lsm_releases": figures.lsm_settlements,
        "settlement_rate": summary["settlement_rate"],
        "clamped_draws": summary["clamped_draws"],
    }
    agents = [_account(agent["id"], agent["balance"], agent) for agent in summary["agents"]]
    return Summary(facts, metrics, summary["total_cost"], agents, figures.seconds, figures.ticks_per_second)


def of_stored(connection: "duckdb.DuckDBPyConnection", run: "Record") -> Summary:
    """The summary of a run in the warehouse, with the time that the run took.

    The number of amounts cut to the largest one allowed is not kept there.
    """
    from paysim_pipeline import overview

    simulation_id = run["simulation_id"]
    mechanisms = overview.settled_via(connection, simulation_id)
    facts = {
        "scenario": run["scenario"],
        "config_file": run["config_file"],
        "fingerprint": run["config_hash"],
        "seed": run["rng_seed"],
        "num_days": run["num_days"],
        "ticks_per_day": run["ticks_per_day"],
        "ticks_executed": run["num_days"] * run["ticks_per_day"],
        "engine_version": run["engine_version"],
        "compiled": run["compiled"],
        "events_digest": run["events_digest"],
    }
    metrics = {
        "total_events": sum(overview.event_counts(connection, simulation_id).values()),
        "total_arrivals": run["total_arrivals"],
        "total_settlements": run["total_settlements"],
        "total_lsm_releases": sum(mechanisms.get(way, 0) for way in ("bilateral", "cycle", "multilateral")),
        "settlement_rate": run["settlement_rate"] or 0.0,
    }
    agents = [
        _account(agent["agent_id"], agent["final_balance"], agent)
        for agent in overview.agents(connection, simulation_id)
    ]
    cost = run["total_cost_cents"] or 0
    return Summary(facts, metrics, cost, agents, run["duration_seconds"] or 0.0, run["ticks_per_second"] or 0.0)


def _account(agent: str, balance: int, figures: dict[str, Any]) -> dict[str, Any]:
    keys = ("posted_collateral", "queue1_size", "queue2_size", "total_cost")
    return {"id": agent, "final_balance": balance} | {key: figures[key] for key in keys}


def show(summary: Summary, last: list[str], to: IO[str] | None = None) -> None:
    """Print a summary for a person, and lines after it."""
    facts, metrics = summary.facts, summary.metrics
    kind = "compiled" if facts["compiled"] else "interpreted"
    lines = [
        f"{facts['scenario']}: {output.count(facts['ticks_executed'])} ticks in {summary.seconds:.2f} s "
        f"({output.count(round(summary.ticks_per_second))} per second), seed {facts['seed']}, "
        f"engine {facts['engine_version']} ({kind})",
        f"  payments    {output.count(metrics['total_arrivals'])}, settled "
        f"{output.count(metrics['total_settlements'])} ({output.percent(metrics['settlement_rate'])}), "
        f"by liquidity saving {output.count(metrics['total_lsm_releases'])}",
        f"  total cost  {output.money(summary.total_cost)}",
        f"  events      {output.count(metrics['total_events'])}",
    ]
    if metrics.get("clamped_draws"):
        lines.append(f"  {output.count(metrics['clamped_draws'])} drawn amounts were cut to the largest one allowed")
    rows = [
        (
            agent["id"],
            output.money(agent["final_balance"]),
            output.count(agent["queue1_size"]),
            output.count(agent["queue2_size"]),
            output.money(agent["total_cost"]),
        )
        for agent in summary.agents[:_AGENTS_SHOWN]
    ]
    columns = ("agent", "final balance", "queue 1", "queue 2", "total cost")
    output.show(*lines, output.table(columns, rows, right=columns[1:]), stream=to)
    if len(summary.agents) > _AGENTS_SHOWN:
        last = [f"and {len(summary.agents) - _AGENTS_SHOWN} more agents (--json has them all)", *last]
    output.show(*last, stream=to)
