"""Made-up runs for the tests of bundle and warehouse: every event type, every optional value, no engine.

Belongs here: events and rows that look like those of a run, from a seed. They obey the catalogue, not the rules of a
payment system; what the rules yield is tested with the engine.
"""

import random
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.bundle import Bundle, BundleWriter
from paysim_engine.bundle_format import canonical_json
from paysim_engine.core import codes
from paysim_engine.core.config import AgentConfig, CostConfig, EngineConfig, LsmConfig, PenaltyConfig
from paysim_engine.policy.trees import Policy
from paysim_engine.record.recorder import Recorder
from paysim_engine.record.schema import CODES, EVENT_TYPES, EventType, Field
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.from_flat import FlatReader

AGENTS = ["DELTA", "ALPHA", "GAMMA", "BETA"]
"""In the order of a scenario file: not the order of their numbers."""

TICKS_PER_DAY = 5

TEXTS = ["LowPriority", "InsufficientLiquidity", "späte Zahlung → morgen", 'it\'s "quoted"\n']


@dataclass(frozen=True)
class SampleScenario:
    """A loaded scenario as far as a bundle cares."""

    name: str
    resolved: dict[str, Any]

    @property
    def path(self) -> Path:
        return Path("somewhere") / f"{self.name}.yaml"

    @property
    def fingerprint(self) -> str:
        return sha256(canonical_json(self.resolved).encode()).hexdigest()


def scenario(name: str = "sample", note: int = 0) -> SampleScenario:
    agents = [{"id": agent, "policy": {"type": "Fifo", "agent": agent}} for agent in AGENTS]
    return SampleScenario(name, {"agents": agents, "note": note})


def config(seed: int = 42, num_days: int = 2) -> EngineConfig:
    agents = [
        AgentConfig(
            id=agent,
            opening_balance=1_000_00 * number - 50,
            unsecured_cap=10**15,
            posted_collateral=number,
            haircut=0.02 * number,
            max_collateral_capacity=codes.NONE if number == 0 else number * 1_000,
            liquidity_pool=codes.NONE if number == 1 else number * 500,
            pool_fraction=1.0 / (number + 1),
            bilateral_limits={"GAMMA": 5, "ALPHA": 7} if number == 2 else {},
            multilateral_limit=codes.NONE if number == 2 else 0,
            # Never asked anything, so it needs no trees.
            policy=Policy("none", None, None, None, None, [], True, False),
            arrivals=None,
            bands=[],
        )
        for number, agent in enumerate(AGENTS)
    ]
    penalty = PenaltyConfig(0, -1)
    costs = CostConfig(0.0, 0.0, 0.0, 0.0, penalty, penalty, 0, 1.0)
    return EngineConfig(TICKS_PER_DAY, num_days, seed, agents, [], costs, LsmConfig(True, True, False, 4, 10, 10_000))


@cache
def events(seed: int = 0, ticks: int = 2 * TICKS_PER_DAY) -> list[dict[str, Any]]:
    """Flat events: in every tick one or two of each type, in changing order. Not to be changed."""
    chance = random.Random(seed)
    found: list[dict[str, Any]] = []
    for tick in range(ticks):
        types = [kind for kind in EVENT_TYPES for _ in range(chance.randint(1, 2))]
        chance.shuffle(types)
        for kind in types:
            found.append(_event(kind, len(found), tick, chance))
    return found


def _event(kind: EventType, seq: int, tick: int, chance: random.Random) -> dict[str, Any]:
    values = {field.name: _value(field, tick, chance) for field in kind.stored if not field.hidden}
    by_column = {field.column: values[field.name] for field in kind.stored if not field.hidden} | {"tick": tick}
    for field in kind.fields:
        if field.derive:
            # Expressions of the catalogue, our own code: `tick - deadline_tick`.
            values[field.name] = eval(field.derive, {}, by_column)
    if kind.name == "CostAccrual":
        values = {"agent_id": values.pop("agent_id"), "costs": values}
    if kind.name == "PolicySplit":
        now = chance.randint(0, 3)
        values["num_splits"] = 3
        values["child_ids"] = [f"tx_{seq + child:08d}" for child in range(3)]
        values["eligible_ticks"] = [None] * now + [tick + 4 * (child + 1) for child in range(3 - now)]
    if kind.name == "EntryDispositionOffset":
        values["tx_amounts"] = [chance.randrange(10**6) for _ in values["queued_tx_ids"]]
    return {"event_seq": seq, "tick": tick, "event_type": kind.name, **values}


def _value(field: Field, tick: int, chance: random.Random) -> Any:
    if field.null and chance.random() < 0.4:
        return None
    if field.kind.endswith("_list"):
        return [_item(field.kind.removesuffix("_list"), tick, chance) for _ in range(chance.randint(0, 4))]
    return _item(field.kind, tick, chance)


def _item(kind: str, tick: int, chance: random.Random) -> Any:
    match kind:
        case "tx":
            return f"tx_{chance.choice([chance.randrange(1000), 123_456_789]):08d}"
        case "agent":
            return chance.choice(AGENTS)
        case "cents":
            return chance.choice([0, chance.randrange(10**6), -chance.randrange(10**6), 10**17])
        case "tick":
            return chance.randrange(tick + 1)
        case "far_tick":
            return chance.choice([tick + 1, 2**62])
        case "int":
            return chance.randrange(20)
        case "bool":
            return chance.random() < 0.5
        case "float":
            return chance.choice([0.0, -1.5, chance.random(), 1e300])
        case "text":
            return chance.choice(TEXTS)
        case "json":
            return {
                "from_agent": "ALPHA",
                "amount": chance.randrange(100),
                "applied": True,
                "note": chance.choice(TEXTS),
            }
        case _:
            return chance.choice(CODES[kind])


def recorder(seed: int = 0, ticks: int = 2 * TICKS_PER_DAY) -> Recorder:
    """A recorder that holds a whole run."""
    reader = FlatReader(AGENTS)
    reader.read(events(seed, ticks))
    record_states(reader.recorder, seed, ticks)
    return reader.recorder


def record_states(target: Recorder, seed: int, ticks: int) -> None:
    """Record what is not an event: payments, accounts, queues, generator states."""
    chance = random.Random(seed + 1)
    payments: list[tuple[int, ...]] = []
    for number in range(40):
        parent = codes.NULL if number % 4 else 1
        status = number % 6
        end = codes.NULL if status != codes_of("settled") else number % ticks
        payments.append((
            number, number % 4, (number + 1) % 4, chance.randrange(1, 10**13), 5, 10, 3, number % 4, number % 2, 3, 9,
            status, number % 6, parent, codes.NULL if parent == codes.NULL else 2, end, number % 8, 1, 2,
            codes.NULL if number % 3 else 7, codes.NULL if number % 5 else 8,
        ))  # fmt: skip
    columns = [vec[i64](column) for column in zip(*payments, strict=True)]
    target.transaction_table.add_columns(columns, len(payments))
    for tick in range(ticks):
        for agent in range(len(AGENTS)):
            target.agent_tick(tick, agent, chance.randrange(-(10**6), 10**6), 1, 2, 3, 4, 5, 6, 7)
        # As the generator does: 64 bits, of which the engine's signed numbers show the upper half negative.
        target.rng_state(tick, -1 - tick if tick % 2 else tick)
    target.queue_position(TICKS_PER_DAY - 1, 0, 2, 0, 17)
    target.queue_position(TICKS_PER_DAY - 1, 1, 3, 0, 18)


def codes_of(status: str) -> int:
    return CODES["status"].index(status)


def write_sample(
    directory: Path, name: str = "sample", *, seed: int = 0, note: int = 0, run_seed: int = 42, ticks: int = 10
) -> Bundle:
    """Write the bundle of a made-up run.

    Args:
        directory: its place.
        name: the scenario's name.
        seed: decides the events.
        note: decides the scenario's content and fingerprint.
        run_seed: the seed that the run says it had.
        ticks: its length.
    """
    with BundleWriter(directory, scenario(name, note), config(run_seed), recorder(seed, ticks)) as writer:
        return writer.finish()


def settings(directory: Path, lock_timeout: float = 0.0) -> Settings:
    """A warehouse of one's own."""
    return Settings(
        database=directory / "warehouse.duckdb",
        bundles=directory / "bundles",
        scenarios=directory / "scenarios",
        published=directory / "published.duckdb",
        lock_timeout=lock_timeout,
    )


def rows_of(connection: Any, table: str, simulation_id: str) -> list[tuple[Any, ...]]:
    """All rows of a run in a raw table, in an order of their own."""
    found: list[tuple[Any, ...]] = connection.execute(
        f"select * from raw.{table} where simulation_id = ? order by all", [simulation_id]
    ).fetchall()
    return found
