"""What a run bundle consists of: its tables, their columns, and its manifest.

A bundle is a directory with `manifest.json` and one Parquet file per table. Belongs here: which tables and columns
there are (mostly derived from `record.schema`), and the manifest as data. Does not belong here: Parquet and Arrow
(`bundle`), or the database, whose raw tables are these with `simulation_id` in front.
"""

import json
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from paysim_engine.core import codes
from paysim_engine.record.schema import COLUMN_TYPES, EVENT_TYPES, FAMILIES, RECORDS, EventType, Field, family_columns

if TYPE_CHECKING:
    from paysim_engine.core.config import EngineConfig

BUNDLE_FORMAT: Final = 2
"""Raised when a bundle written by older code can no longer be read."""

MANIFEST: Final = "manifest.json"


POLICY_MAKERS: Final = ("init", "manual", "llm")
"""Who can have made a policy (`policy_snapshots.created_by`): the scenario file, a person, a language model."""


class BundleError(Exception):
    """A bundle cannot be written or read; the message names the file, what is wrong, and what to do."""


@dataclass(frozen=True)
class Column:
    """A column of a bundle's table.

    Attributes:
        name: its name, the same in Parquet and in the raw table.
        type: its DuckDB type; the Parquet type follows from it.
        required: whether every row has a value.
    """

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True)
class BundleTable:
    """A table of a bundle: its name, the grain of a row, its columns, and the recorded tables it is made of."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    sources: tuple[EventType, ...] = ()

    @property
    def file(self) -> str:
        """Name of its Parquet file."""
        return f"{self.name}.parquet"


def _column(field: Field) -> Column:
    # Generator states are recorded as signed numbers, since the engine has no others (10 §2 wants them unsigned).
    kind = "UBIGINT" if field.column == "rng_state" else COLUMN_TYPES[field.kind]
    return Column(field.column, kind, required=not field.null)


def _family_table(family: str) -> BundleTable:
    types = tuple(event for event in EVENT_TYPES if event.family == family)
    head = (
        Column("event_seq", "BIGINT", True),
        Column("tick", "INTEGER", True),
        Column("event_type", "UTINYINT", True),
    )
    always = {
        field.column
        for field in types[0].stored
        if all(any(f.column == field.column and not f.null for f in event.stored) for event in types)
    }
    columns = (Column(name, COLUMN_TYPES[kind], name in always) for name, kind in family_columns(family).items())
    return BundleTable(f"{family}_events", "event", (*head, *columns), types)


_GRAINS = {
    "transactions": "payment, final state",
    "agent_ticks": "agent and tick, at the end of the tick",
    "queue_snapshots": "queued payment at the end of each day",
    "rng_states": "tick, after it",
}

TABLES: Final[dict[str, BundleTable]] = {
    table.name: table
    for table in (
        BundleTable("agents", "agent", (
            Column("agent_no", "INTEGER", True), Column("agent_id", "VARCHAR", True),
            Column("opening_balance", "BIGINT", True), Column("unsecured_cap", "BIGINT", True),
            Column("posted_collateral", "BIGINT", True), Column("collateral_haircut", "DOUBLE", True),
            Column("max_collateral_capacity", "BIGINT"), Column("liquidity_pool", "BIGINT"),
            Column("liquidity_allocation_fraction", "DOUBLE", True), Column("bilateral_limits", "JSON", True),
            Column("multilateral_limit", "BIGINT"), Column("policy_hash", "VARCHAR", True),
        )),
        BundleTable("policy_snapshots", "agent and policy change", (
            Column("agent_no", "INTEGER", True), Column("snapshot_day", "INTEGER", True),
            Column("snapshot_tick", "INTEGER", True), Column("policy_hash", "VARCHAR", True),
            Column("policy_json", "JSON", True), Column("created_by", "VARCHAR", True),
        )),
        *(_family_table(family) for family in FAMILIES),
        *(
            BundleTable(record.name, _GRAINS[record.name], tuple(_column(f) for f in record.stored), (record,))
            for record in RECORDS
        ),
        BundleTable("state_snapshots", "day, at its end", (
            Column("day", "INTEGER", True), Column("tick", "INTEGER", True), Column("state_json", "JSON", True),
        )),
    )
}  # fmt: skip
"""Every table of a bundle, in the order in which a person would read them."""

SOURCE_TABLE: Final[dict[str, str]] = {source.name: table.name for table in TABLES.values() for source in table.sources}
"""Name of a recorded table (an event type, say) -> name of the bundle's table that holds its rows."""


@dataclass(frozen=True)
class FileEntry:
    """A Parquet file of a bundle: its rows, its size in bytes and the CRC-32 of its content."""

    rows: int
    bytes: int
    crc32: int


@dataclass(frozen=True)
class Totals:
    """Totals of a run.

    Attributes:
        arrivals: payments without a parent (04 §8).
        settlements: of those, the settled ones; a split payment counts once all its children have settled.
        cost_cents: all costs of all agents, split friction included (D38).
        clamped_draws: drawn amounts cut to the bound of D40.
    """

    arrivals: int
    settlements: int
    cost_cents: int
    clamped_draws: int = 0


@dataclass(frozen=True)
class RunContext:
    """What a run was made for. The engine knows nothing of it; with an experiment it is part of the run's id (10 §1).

    Attributes:
        experiment_run_id: the experiment that the run is part of, if any.
        experiment_iteration: the number of the run within it.
        policies_by: who made the policies it began with, one of `POLICY_MAKERS`.
        continues: the run whose first days it has, if a run of its length in one piece would have others.
        continues_after_day: the last of those days, from 0.

    Raises:
        ValueError: an iteration without its experiment, an empty id, or somebody else's policies.
    """

    experiment_run_id: str | None = None
    experiment_iteration: int | None = None
    policies_by: str = "init"
    continues: str | None = None
    continues_after_day: int | None = None

    def __post_init__(self) -> None:
        if self.experiment_run_id is not None and not (self.experiment_run_id and self.experiment_run_id.isprintable()):
            raise ValueError(f"{self.experiment_run_id!r} cannot be the id of an experiment: it is empty or unreadable")
        if self.experiment_iteration is not None and self.experiment_run_id is None:
            raise ValueError("an experiment iteration needs the id of its experiment")
        if self.policies_by not in POLICY_MAKERS:
            raise ValueError(f"policies are made by {', '.join(POLICY_MAKERS)}, not {self.policies_by!r}")


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Attributes:
        format: `BUNDLE_FORMAT` of the code that wrote it.
        engine_version: version of the engine that ran.
        compiled: whether that engine was compiled; makes no difference to results.
        scenario: name of the scenario (the stem of its file).
        config_file: name of the scenario's file.
        config: the resolved scenario (06): defaults filled in, policies inlined.
        fingerprint: SHA-256 of `config` (10 §1).
        seed: seed of the run; the scenario's own unless overridden.
        ticks_per_day, num_days, num_agents: as run.
        status: `completed`, or `failed` if the run was stopped by an error; its events are then those before it.
        error: what stopped a failed run.
        events_digest: see `digest`.
        totals: see `Totals`.
        context: what the run was made for.
        files: name of a table -> its file.
        started_at, completed_at: UTC, ISO 8601. With the durations the only part that differs between equal runs.
        duration_seconds: time from the first tick to the complete bundle.
        ticks_per_second: ticks run in that time, per second.
    """

    format: int
    engine_version: str
    compiled: bool
    scenario: str
    config_file: str
    config: dict[str, Any]
    fingerprint: str
    seed: int
    ticks_per_day: int
    num_days: int
    num_agents: int
    status: str
    error: str | None
    events_digest: str
    totals: Totals
    context: RunContext
    files: dict[str, FileEntry]
    started_at: str
    completed_at: str
    duration_seconds: float
    ticks_per_second: float

    def to_json(self) -> str:
        """The content of `manifest.json`: a line for each field.

        The configuration can have tens of thousands of values, which neither `asdict` (it copies every one) nor an
        indented form (Python's own encoder, not the one in C) is made for.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclass_fields(self)}
        fields |= {"totals": asdict(self.totals), "context": asdict(self.context)}
        fields["files"] = {name: asdict(entry) for name, entry in self.files.items()}
        lines = (f"  {json.dumps(name)}: {json.dumps(fields[name], sort_keys=True)}" for name in sorted(fields))
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read the content of `manifest.json`.

        Raises:
            ValueError: it is not JSON, or not a manifest of this format; the message says in which way.
        """
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("it is not a JSON object")
        if data.get("format") != BUNDLE_FORMAT:
            raise ValueError(f"its format is {data.get('format')!r}, this version reads format {BUNDLE_FORMAT}")
        try:
            data["totals"] = Totals(**data["totals"])
            data["context"] = RunContext(**data["context"])
            data["files"] = {name: FileEntry(**entry) for name, entry in data["files"].items()}
            return cls(**data)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a field is missing or unknown: {error}") from error


def canonical_json(value: object) -> str:
    """Compact JSON with sorted keys: the form that is stored and hashed (10 §1)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def agent_rows(config: "EngineConfig", resolved: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the table `agents`, by agent number.

    Args:
        config: the configuration that is run.
        resolved: the resolved scenario, which has the policies as documents.
    """
    policies = _policies(resolved)
    return [
        {
            "agent_no": number,
            "agent_id": agent.id,
            "opening_balance": agent.opening_balance,
            "unsecured_cap": agent.unsecured_cap,
            "posted_collateral": agent.posted_collateral,
            "collateral_haircut": agent.haircut,
            "max_collateral_capacity": _given(agent.max_collateral_capacity),
            "liquidity_pool": _given(agent.liquidity_pool),
            "liquidity_allocation_fraction": agent.pool_fraction,
            "bilateral_limits": canonical_json(agent.bilateral_limits),
            "multilateral_limit": _given(agent.multilateral_limit),
            "policy_hash": _hash(policies[agent.id]),
        }
        for number, agent in enumerate(sorted(config.agents, key=lambda agent: agent.id))
    ]


def policy_rows(agents: list[dict[str, Any]], resolved: dict[str, Any], made_by: str = "init") -> list[dict[str, Any]]:
    """The rows of the table `policy_snapshots`: everybody's policy, as of tick 0. None changes during a run.

    Args:
        agents: the rows of the table `agents`.
        resolved: the resolved scenario, which has the policies as documents.
        made_by: one of `POLICY_MAKERS`.
    """
    policies = _policies(resolved)
    return [
        {
            "agent_no": agent["agent_no"],
            "snapshot_day": 0,
            "snapshot_tick": 0,
            "policy_hash": agent["policy_hash"],
            "policy_json": policies[agent["agent_id"]],
            "created_by": made_by,
        }
        for agent in agents
    ]


def _policies(resolved: dict[str, Any]) -> dict[str, str]:
    return {str(agent["id"]): canonical_json(agent["policy"]) for agent in resolved["agents"]}


def _hash(policy: str) -> str:
    return sha256(policy.encode()).hexdigest()


def _given(amount: int) -> int | None:
    return None if amount == codes.NONE else amount
