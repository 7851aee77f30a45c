"""Loading bundles: every row arrives, a scenario's rows are replaced as a whole, kept runs and others stay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_engine.bundle import BundleWriter
from paysim_engine.bundle_format import TABLES
from paysim_engine.record.schema import CODES, EVENT_TYPES, EventType, Field
from paysim_pipeline.identity import simulation_id
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import reader, writer
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.reader import StoredRun, row_counts, stored_runs
from paysim_pipeline.warehouse.schema import RUN_TABLES
from paysim_pipeline.warehouse.writer import insert_row, load_bundle, load_into
from tests.warehouse.sample import AGENTS, config, events, recorder, rows_of, scenario, settings, write_sample


@pytest.fixture
def warehouse(tmp_path: Path) -> Settings:
    return settings(tmp_path / "db")


@dataclass(frozen=True)
class Loaded:
    """The sample run in a warehouse that is open for reading."""

    run: str
    connection: duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    place = tmp_path_factory.mktemp("loaded")
    run = load_bundle(write_sample(place / "b"), settings(place)).simulation_id
    with reader(settings(place)) as connection:
        yield Loaded(run, connection)


def everything(warehouse: Settings, run: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a run."""
    with reader(warehouse) as connection:
        return {table.name: rows_of(connection, table.name, run) for table in RUN_TABLES}


def runs(warehouse: Settings) -> dict[str, StoredRun]:
    with reader(warehouse) as connection:
        return {run.simulation_id: run for run in stored_runs(connection)}


# ---- every row


def shown(field: Field, value: Any) -> Any:
    """A stored value with the name or id that it stands for."""
    if value is None:
        return None
    if field.kind.endswith("_list"):
        item = Field(field.name, field.kind.removesuffix("_list"), field.column)
        return [shown(item, part) for part in value]
    match field.kind:
        case "tx":
            return f"tx_{value:08d}"
        case "agent":
            return sorted(AGENTS)[value]
        case "json":
            return json.loads(value)
        case kind if kind in CODES:
            return CODES[kind][value]
    return value


def stored_events(connection: duckdb.DuckDBPyConnection, kind: EventType, run: str) -> list[dict[str, Any]]:
    """The events of a type as the raw tables have them, in the words of the flat form."""
    names = ["event_seq", "tick", *(field.column for field in kind.stored)]
    rows = connection.execute(
        f"select {', '.join(names)} from raw.{kind.family}_events where simulation_id = ? and event_type = ? "
        "order by event_seq",
        [run, EVENT_TYPES.index(kind)],
    ).fetchall()
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [
        {"event_seq": row["event_seq"], "tick": row["tick"]}
        | {field.name: shown(field, row[field.column]) for field in kind.stored}
        for row in found
    ]


def as_stored(kind: EventType, event: dict[str, Any]) -> dict[str, Any]:
    """A flat event without its derived fields, and with what is stored of a split beside its flat form."""
    flat = {**event, **event.get("costs", {})}
    if kind.name == "PolicySplit":
        waiting = [tick for tick in event["eligible_ticks"] if tick is not None]
        flat |= {
            "first_child": event["child_ids"][0],
            "num_immediate": 3 - len(waiting),
            "stagger_gap_ticks": 4 if waiting else 0,
        }
    return {name: flat[name] for name in ("event_seq", "tick", *(field.name for field in kind.stored))}


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_every_event_arrives(loaded: Loaded, kind: EventType) -> None:
    wanted = [as_stored(kind, event) for event in events() if event["event_type"] == kind.name]
    assert stored_events(loaded.connection, kind, loaded.run) == wanted
    assert len(wanted) >= 10


def test_numbers_of_events_are_unique_over_all_families(loaded: Loaded) -> None:
    tables = [name for name in TABLES if name.endswith("_events")]
    seqs = [
        seq for name in tables for (seq,) in loaded.connection.execute(f"select event_seq from raw.{name}").fetchall()
    ]
    assert sorted(seqs) == list(range(len(events())))


def test_columns_of_other_types_are_null(loaded: Loaded) -> None:
    for kind in EVENT_TYPES:
        own = {"simulation_id", "event_seq", "tick", "event_type", *(field.column for field in kind.stored)}
        others = [column.name for column in TABLES[f"{kind.family}_events"].columns if column.name not in own]
        counts = ", ".join(f"count({name})" for name in others) or "0"
        found = loaded.connection.execute(
            f"select {counts} from raw.{kind.family}_events where event_type = ?", [EVENT_TYPES.index(kind)]
        ).fetchone()
        assert found is not None
        assert set(found) == {0}, kind.name


def test_payments_accounts_queues_and_generator_states_arrive(loaded: Loaded) -> None:
    payments = loaded.connection.execute(
        "select * exclude (simulation_id) from raw.transactions order by tx_no"
    ).fetchall()
    assert [row[0] for row in payments] == list(range(40))
    first, second = payments[0], payments[1]
    assert first[5:] == (10, 3, 0, False, 3, 9, 0, 0, 1, 2, None, 0, 1, 2, 7, 8)
    assert second[5:] == (10, 3, 1, True, 3, 9, 1, 1, None, None, None, 1, 1, 2, None, None)
    states = loaded.connection.execute("select tick, rng_state from raw.rng_states order by tick").fetchall()
    assert states == [(tick, 2**64 - 1 - tick if tick % 2 else tick) for tick in range(10)]
    queues = loaded.connection.execute(
        "select * exclude (simulation_id) from raw.queue_snapshots order by tx_no"
    ).fetchall()
    assert queues == [(4, 0, 2, 0, 17), (4, 1, 3, 0, 18)]
    assert row_counts(loaded.connection, loaded.run)["agent_ticks"] == 40


def test_the_run_is_described(loaded: Loaded, tmp_path: Path) -> None:
    manifest = write_sample(tmp_path / "b").manifest
    relation = loaded.connection.execute("select * from raw.simulations")
    names = [column[0] for column in relation.description]
    row = dict(zip(names, relation.fetchall()[0], strict=True))
    assert json.loads(row.pop("config_json")) == manifest.config
    assert row.pop("started_at") < row.pop("completed_at")
    assert row.pop("duration_seconds") * row.pop("ticks_per_second") == pytest.approx(10)
    assert row == {
        "simulation_id": loaded.run,
        "scenario": "sample",
        "config_file": "sample.yaml",
        "config_hash": manifest.fingerprint,
        "rng_seed": 42,
        "ticks_per_day": 5,
        "num_days": 2,
        "num_agents": 4,
        "engine_version": manifest.engine_version,
        "compiled": manifest.compiled,
        "status": "completed",
        "error": None,
        "total_arrivals": manifest.totals.arrivals,
        "total_settlements": manifest.totals.settlements,
        "total_cost_cents": manifest.totals.cost_cents,
        "events_digest": manifest.events_digest,
        "experiment_run_id": None,
        "experiment_iteration": None,
        "kept": False,
        "continues": None,
        "continues_after_day": None,
    }


def test_a_stopped_run_is_stored_as_such(warehouse: Settings, tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "b", scenario(), config(), recorder(ticks=3)) as bundle_writer:
        bundle = bundle_writer.finish(error="division by zero")
    load_bundle(bundle, warehouse)
    with reader(warehouse) as connection:
        assert connection.execute("select status, error from raw.simulations").fetchall() == [
            ("failed", "division by zero")
        ]


# ---- replacing


def test_the_id_follows_from_the_inputs(warehouse: Settings, tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b", note=2, run_seed=7)
    result = load_bundle(bundle, warehouse)
    version = bundle.manifest.engine_version
    assert result.simulation_id == simulation_id("sample", scenario(note=2).fingerprint, 7, 2, version)
    assert (result.kept, result.replaced) == (False, ())


def test_the_same_run_again_gives_the_same_rows(warehouse: Settings, tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b")
    first = load_bundle(bundle, warehouse)
    before = everything(warehouse, first.simulation_id)
    second = load_bundle(bundle, warehouse)
    assert (second.simulation_id, second.rows) == (first.simulation_id, first.rows)
    assert second.replaced == (first.simulation_id,)
    assert everything(warehouse, first.simulation_id) == before
    assert second.rows == {name: len(rows) for name, rows in before.items()}


def test_a_scenario_is_replaced_whatever_its_seed_or_content(warehouse: Settings, tmp_path: Path) -> None:
    first = load_bundle(write_sample(tmp_path / "b"), warehouse)
    other = load_bundle(write_sample(tmp_path / "c", "other"), warehouse)
    untouched = everything(warehouse, other.simulation_id)
    result = load_bundle(write_sample(tmp_path / "d", note=1, run_seed=43), warehouse)
    assert runs(warehouse).keys() == {result.simulation_id, other.simulation_id}
    # The same inputs and yet other events: what a change of the engine's code within a version does.
    result = load_bundle(write_sample(tmp_path / "e", seed=5, ticks=4), warehouse)
    assert result.simulation_id == first.simulation_id
    assert runs(warehouse).keys() == {result.simulation_id, other.simulation_id}
    assert len(everything(warehouse, result.simulation_id)["rng_states"]) == 4
    assert everything(warehouse, other.simulation_id) == untouched


def test_a_copied_scenario_is_a_scenario_of_its_own(warehouse: Settings, tmp_path: Path) -> None:
    first = load_bundle(write_sample(tmp_path / "b"), warehouse)
    copy = load_bundle(write_sample(tmp_path / "c", "copy"), warehouse)
    assert runs(warehouse).keys() == {first.simulation_id, copy.simulation_id}


def test_kept_runs_stay(warehouse: Settings, tmp_path: Path) -> None:
    ordinary = write_sample(tmp_path / "b")
    load_bundle(ordinary, warehouse)
    own = load_bundle(write_sample(tmp_path / "c", run_seed=1), warehouse, simulation_id="mine")
    part = load_bundle(ordinary, warehouse, experiment_run_id="exp", experiment_iteration=3)
    beside = load_bundle(write_sample(tmp_path / "d", run_seed=2), warehouse, replace_scenario=False)
    assert own.kept
    assert part.kept
    assert beside.kept
    assert own.replaced == part.replaced == beside.replaced == ()
    last = load_bundle(write_sample(tmp_path / "e", run_seed=3), warehouse)
    found = runs(warehouse)
    assert found.keys() == {"mine", part.simulation_id, beside.simulation_id, last.simulation_id}
    assert {run for run in found if found[run].kept} == {"mine", part.simulation_id, beside.simulation_id}
    with reader(warehouse) as connection:
        assert connection.execute(
            "select experiment_run_id, experiment_iteration from raw.simulations where simulation_id = ?",
            [part.simulation_id],
        ).fetchall() == [("exp", 3)]
        assert [run.simulation_id for run in stored_runs(connection, "sample")] == sorted(found)
        assert stored_runs(connection, "elsewhere") == []


def test_an_id_never_stands_for_something_else(warehouse: Settings, tmp_path: Path) -> None:
    load_bundle(write_sample(tmp_path / "b"), warehouse, simulation_id="mine")
    before = everything(warehouse, "mine")
    others: dict[str, dict[str, Any]] = {
        "seed": {"run_seed": 43},
        "scenario's content": {"note": 1},
        "scenario": {"name": "other"},
        "events": {"seed": 5},
    }
    for words, changes in others.items():
        with pytest.raises(WarehouseError, match=rf"the simulation id mine exists with another content \({words}\)"):
            load_bundle(write_sample(tmp_path / "c", **changes), warehouse, simulation_id="mine")
    assert everything(warehouse, "mine") == before


def test_a_kept_run_again_stays_kept(warehouse: Settings, tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b")
    own_id = load_bundle(bundle, warehouse, replace_scenario=False).simulation_id
    again = load_bundle(bundle, warehouse)
    assert (again.simulation_id, again.kept) == (own_id, True)
    load_bundle(write_sample(tmp_path / "c", run_seed=1), warehouse)
    assert own_id in runs(warehouse)


def test_what_a_crashed_writer_left_is_cleaned_up(warehouse: Settings, tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b")
    load_bundle(bundle, warehouse, simulation_id="mine")
    half = {
        "scenario": "sample", "config_file": "sample.yaml", "config_json": "{}", "config_hash": "0", "rng_seed": 1,
        "ticks_per_day": 1, "num_days": 1, "num_agents": 1, "engine_version": "0", "compiled": False,
        "status": "running", "kept": True,
    }  # fmt: skip
    with writer(warehouse) as connection:
        for run, kept in (("crashed", True), ("sim-crashed", False)):
            insert_row(connection, {**half, "simulation_id": run, "kept": kept})
            connection.execute(f"insert into raw.rng_states values ('{run}', 0, 0)")
    result = load_bundle(bundle, warehouse, simulation_id="crashed")
    assert result.replaced == ("crashed",)
    assert len(everything(warehouse, "crashed")["rng_states"]) == 10
    assert load_bundle(bundle, warehouse).replaced == ("sim-crashed",)
    assert sum(len(rows) for rows in everything(warehouse, "sim-crashed").values()) == 0
    assert {"mine", "crashed"} < runs(warehouse).keys()


# ---- names and places that are not harmless


def test_names_are_only_names(warehouse: Settings, tmp_path: Path) -> None:
    other = load_bundle(write_sample(tmp_path / "b"), warehouse)
    untouched = everything(warehouse, other.simulation_id)
    names = ["x' or '1'='1", '"%_ünïcode; drop table raw.agents"']
    for name in names:
        assert load_bundle(write_sample(tmp_path / "c", name), warehouse).replaced == ()
    assert len(load_bundle(write_sample(tmp_path / "c", names[0]), warehouse).replaced) == 1
    assert {run.scenario for run in runs(warehouse).values()} == {"sample", *names}
    assert everything(warehouse, other.simulation_id) == untouched


@pytest.mark.parametrize("given", ["", "../x", "a b", "x'--"])
def test_ids_that_are_none_are_refused(tmp_path: Path, given: str) -> None:
    with duckdb.connect() as connection, pytest.raises(ValueError, match="is not a simulation id"):
        load_into(connection, write_sample(tmp_path / "b"), simulation_id=given)


def test_an_iteration_needs_its_experiment(tmp_path: Path) -> None:
    with duckdb.connect() as connection, pytest.raises(ValueError, match="needs the id of its experiment"):
        load_into(connection, write_sample(tmp_path / "b"), experiment_iteration=1)


def test_places_with_characters_of_patterns(tmp_path: Path) -> None:
    # Beside it lies what the pattern would find.
    write_sample(tmp_path / "run1xy'" / "b", seed=7)
    odd = write_sample(tmp_path / "run[1]*?'" / "b")
    result = load_bundle(odd, settings(tmp_path / "it's [here]"))
    assert {"simulations": 1} | {name: entry.rows for name, entry in odd.manifest.files.items()} == result.rows
    assert len(everything(settings(tmp_path / "it's [here]"), result.simulation_id)["rng_states"]) == 10
