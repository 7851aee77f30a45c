"""The raw tables as data: what the migrations create and the writer fills.

Belongs here: names, columns and types of `raw.*` (10 §2), derived from the bundle's tables and thereby from the
catalogue of events. Does not belong here: SQL that creates them (`migrations/`; a test compares the two), or names and
units that staging models show.

The volume tables keep the engine's numbers: `raw.agents` says which agent a number is, a payment's id is `tx_%08d` of
its number, and codes are positions in `record.schema.CODES` and `EVENT_TYPES`.
"""

from dataclasses import dataclass

from paysim_engine.bundle_format import TABLES, Column

SCHEMA = "raw"


@dataclass(frozen=True)
class RawTable:
    """A table of the schema `raw`: its name, its grain and all of its columns."""

    name: str
    grain: str
    columns: tuple[Column, ...]

    @property
    def qualified(self) -> str:
        """Its name with the schema."""
        return f"{SCHEMA}.{self.name}"


_ID = Column("simulation_id", "VARCHAR", required=True)

SIMULATIONS = RawTable(
    "simulations",
    "run",
    (
        _ID,
        Column("scenario", "VARCHAR", required=True),
        Column("config_file", "VARCHAR", required=True),
        Column("config_json", "JSON", required=True),
        Column("config_hash", "VARCHAR", required=True),
        Column("rng_seed", "UBIGINT", required=True),
        Column("ticks_per_day", "INTEGER", required=True),
        Column("num_days", "INTEGER", required=True),
        Column("num_agents", "INTEGER", required=True),
        Column("engine_version", "VARCHAR", required=True),
        Column("compiled", "BOOLEAN", required=True),
        Column("status", "VARCHAR", required=True),
        Column("error", "VARCHAR"),
        Column("started_at", "TIMESTAMP"),
        Column("completed_at", "TIMESTAMP"),
        Column("duration_seconds", "DOUBLE"),
        Column("ticks_per_second", "DOUBLE"),
        Column("total_arrivals", "BIGINT"),
        Column("total_settlements", "BIGINT"),
        Column("total_cost_cents", "BIGINT"),
        Column("events_digest", "VARCHAR"),
        Column("experiment_run_id", "VARCHAR"),
        Column("experiment_iteration", "INTEGER"),
        Column("kept", "BOOLEAN", required=True),
        Column("continues", "VARCHAR"),
        Column("continues_after_day", "INTEGER"),
    ),
)
"""One row per run; `kept` says that it stays when its scenario is written again (10 §1), `continues` that its first
days are another run's, with deadlines cut at that run's end (`paysim_pipeline.resume`)."""

BUNDLE_TABLES = tuple(RawTable(table.name, f"run, {table.grain}", (_ID, *table.columns)) for table in TABLES.values())
"""The tables that are filled from a bundle's files."""

RUN_TABLES = (SIMULATIONS, *BUNDLE_TABLES)
"""All tables that hold rows of runs."""

SCHEMA_MIGRATIONS = RawTable(
    "schema_migrations",
    "migration",
    (
        Column("version", "INTEGER", required=True),
        Column("name", "VARCHAR", required=True),
        Column("checksum", "VARCHAR", required=True),
        Column("applied_at", "TIMESTAMP", required=True),
    ),
)
"""Which migrations have been applied."""

RAW_TABLES = (*RUN_TABLES, SCHEMA_MIGRATIONS)
