"""Bundles: complete or absent, the same whenever drained, and refused when they are not what they say."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import paysim_engine
from paysim_engine import bundle as bundle_module
from paysim_engine.bundle import Bundle, BundleError, BundleWriter, read_bundle
from paysim_engine.bundle_columns import integers
from paysim_engine.bundle_format import MANIFEST, TABLES
from paysim_pipeline.warehouse.from_flat import FlatReader
from tests.warehouse import children
from tests.warehouse.sample import AGENTS, config, events, record_states, recorder, scenario, write_sample


def content(bundle: Bundle, table: str) -> list[dict[str, Any]]:
    """The rows of a table in an order of their own."""
    return sorted(pq.read_table(bundle.path(table)).to_pylist(), key=repr)


def test_a_bundle_reads_back(tmp_path: Path) -> None:
    written = write_sample(tmp_path / "runs" / "one")
    assert read_bundle(tmp_path / "runs" / "one") == written
    assert sorted(path.name for path in written.directory.iterdir()) == sorted(
        [MANIFEST, *(table.file for table in TABLES.values())]
    )
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["one"]


def test_the_manifest_says_what_was_run(tmp_path: Path) -> None:
    manifest = write_sample(tmp_path / "b", "named", note=3, run_seed=2**63 + 5).manifest
    assert (manifest.scenario, manifest.config_file, manifest.seed) == ("named", "named.yaml", 2**63 + 5)
    assert (manifest.ticks_per_day, manifest.num_days, manifest.num_agents) == (5, 2, 4)
    assert (manifest.engine_version, manifest.compiled) == (paysim_engine.__version__, paysim_engine.is_compiled())
    assert (manifest.fingerprint, manifest.config["note"]) == (scenario("named", 3).fingerprint, 3)
    assert (manifest.status, manifest.error) == ("completed", None)
    assert sum(manifest.files[f"{family}_events"].rows for family in ("payment", "policy", "netting")) > 300
    assert (manifest.files["rng_states"].rows, manifest.files["agents"].rows) == (10, 4)


def test_totals_are_those_of_the_events(tmp_path: Path) -> None:
    stream = events()
    totals = write_sample(tmp_path / "b").manifest.totals
    arrivals = [event for event in stream if event["event_type"] == "Arrival"]
    assert totals.arrivals == sum(event["parent_tx_id"] is None for event in arrivals) < len(arrivals)
    assert totals.cost_cents == sum(event["costs"]["total"] for event in stream if "costs" in event)
    # Of the forty payments of the sample, those without a parent that settled.
    assert totals.settlements == sum(number % 4 != 0 and number % 6 == 2 for number in range(40))


def test_drained_often_or_once_makes_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = write_sample(tmp_path / "once")
    # Row groups of a few rows each, so that many are written.
    monkeypatch.setattr(bundle_module, "ROW_GROUP", 9)
    reader = FlatReader(AGENTS)
    with BundleWriter(tmp_path / "often", scenario(), config(), reader.recorder) as writer:
        for number, event in enumerate(events()):
            reader.read([event])
            if number % 5 == 0:
                writer.drain(day=number)
            elif number % 11 == 0:
                writer.add(reader.recorder.drain())
        record_states(reader.recorder, 0, 10)
        often = writer.finish()
    written = often.manifest.files["payment_events"].rows
    assert 10 < pq.ParquetFile(often.path("payment_events")).num_row_groups <= written // 9 + 1
    assert often.manifest.events_digest == once.manifest.events_digest
    assert often.manifest.totals == once.manifest.totals
    for table in TABLES:
        assert content(often, table) == content(once, table), table


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = write_sample(tmp_path / "1"), write_sample(tmp_path / "2")
    timing = {"started_at", "completed_at", "duration_seconds", "ticks_per_second"}
    one, two = asdict(first.manifest), asdict(second.manifest)
    assert {key for key in one if one[key] != two[key]} <= timing
    for table in TABLES:
        assert first.path(table).read_bytes() == second.path(table).read_bytes()


def test_numbers_are_stored_as_differences_and_texts_in_dictionaries(tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b")
    for table in TABLES.values():
        kinds = {column.name: column.type.removesuffix("[]") for column in table.columns}
        file = pq.ParquetFile(bundle.path(table.name)).metadata
        group = file.row_group(0) if file.num_rows else None
        for stored in map(group.column, range(group.num_columns)) if group else ():
            name, _, items = stored.path_in_schema.partition(".")
            numbers, texts = kinds[name] in ("BIGINT", "INTEGER"), kinds[name] in ("VARCHAR", "JSON")
            assert ("DELTA_BINARY_PACKED" in stored.encodings) == numbers, stored
            assert ("RLE_DICTIONARY" in stored.encodings) == (texts and not items), stored
            assert stored.compression == ("ZSTD" if texts else "LZ4"), stored


def test_the_manifest_has_a_line_for_each_field(tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b", note=3)
    text = (bundle.directory / MANIFEST).read_text()
    assert json.loads(text) == asdict(bundle.manifest)
    assert [line.split('"')[1] for line in text.splitlines()[1:-1]] == sorted(asdict(bundle.manifest))


def test_columns_reach_arrow_without_a_copy() -> None:
    batch = next(batch for batch in recorder().drain() if batch.table == "Arrival")
    column: Any = batch.columns["split_index"]
    array = integers(batch, "split_index", null=True)
    assert array.buffers()[1].address == pa.py_buffer(memoryview(column)).address
    assert 0 < array.null_count < len(array)


def test_a_checkpoint_is_kept(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "b", scenario(), config(), recorder()) as writer:
        writer.add_state(0, 4, '{"tick":4}')
        writer.add_state(1, 9, '{"tick":9}')
        bundle = writer.finish()
    assert content(bundle, "state_snapshots") == [
        {"day": 0, "tick": 4, "state_json": '{"tick":4}'},
        {"day": 1, "tick": 9, "state_json": '{"tick":9}'},
    ]


def test_a_stopped_run_says_so(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "b", scenario(), config(), recorder(ticks=3)) as writer:
        writer.finish(error="division by zero in node N3", clamped_draws=2)
    manifest = read_bundle(tmp_path / "b").manifest
    assert (manifest.status, manifest.error) == ("failed", "division by zero in node N3")
    assert manifest.totals.clamped_draws == 2


def test_agents_and_policies_are_numbered_by_id(tmp_path: Path) -> None:
    bundle = write_sample(tmp_path / "b")
    agents = content(bundle, "agents")
    assert [(agent["agent_no"], agent["agent_id"]) for agent in agents] == list(enumerate(sorted(AGENTS)))
    by_id = {agent["agent_id"]: agent for agent in agents}
    assert by_id["DELTA"]["max_collateral_capacity"] is None
    assert by_id["ALPHA"]["liquidity_pool"] is None
    assert (by_id["GAMMA"]["bilateral_limits"], by_id["GAMMA"]["multilateral_limit"]) == ('{"ALPHA":7,"GAMMA":5}', None)
    assert by_id["BETA"]["multilateral_limit"] == 0
    policies = content(bundle, "policy_snapshots")
    assert [json.loads(policy["policy_json"])["agent"] for policy in policies] == sorted(AGENTS)
    assert [policy["policy_hash"] for policy in policies] == [agent["policy_hash"] for agent in agents]


# ---- complete or absent


def test_an_error_leaves_no_bundle_and_the_old_one_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "b"
    before = write_sample(place)

    def stop_half_way() -> None:
        with BundleWriter(place, scenario(), config(), recorder(seed=9)) as writer:
            writer.drain()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop_half_way()
    assert read_bundle(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_new_bundle_takes_the_place_of_the_old(tmp_path: Path) -> None:
    write_sample(tmp_path / "b")
    after = write_sample(tmp_path / "b", seed=1)
    assert read_bundle(tmp_path / "b") == after
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_killed_writer_leaves_no_bundle_and_its_rests_are_removed(tmp_path: Path) -> None:
    assert children.run(children.write_until_killed, tmp_path / "b") == children.KILLED
    assert [path.suffix for path in tmp_path.iterdir()] == [".partial"]
    with pytest.raises(BundleError, match="there is no bundle"):
        read_bundle(tmp_path / "b")
    write_sample(tmp_path / "other")
    assert len(list(tmp_path.iterdir())) == 2, "another bundle's rests are none of its business"
    write_sample(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "other"]


def test_what_is_no_bundle_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("years of work")
    (tmp_path / "file").write_text("more work")
    for place in ("home", "file"):
        with pytest.raises(BundleError, match="there is something else than a bundle"):
            write_sample(tmp_path / place)
    assert (tmp_path / "home" / "thesis.tex").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "home"]


def test_an_empty_directory_is_a_place_for_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    write_sample(tmp_path / "b")
    read_bundle(tmp_path / "b")


@pytest.mark.parametrize("room", [0, 2_000])
def test_a_full_disk_is_said_in_words(tmp_path: Path, room: int) -> None:
    report = tmp_path / "report"
    assert children.run(children.write_with_little_room, tmp_path / "runs" / "b", room, report) == 0
    assert "the bundle cannot be written" in report.read_text()
    assert list((tmp_path / "runs").iterdir()) == []


# ---- refused when not what it says


def edit_manifest(bundle: Path, **changes: Any) -> None:
    path = bundle / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rewrite(bundle: Path, table: str, change: Callable[[Any], Any]) -> None:
    """Change a table so that size and checksum agree with the manifest."""
    path = bundle / TABLES[table].file
    pq.write_table(change(pq.read_table(path)), path, store_schema=False)
    files = json.loads((bundle / MANIFEST).read_text())["files"]
    files[table] |= {"bytes": path.stat().st_size, "crc32": bundle_module._crc32(path)}
    edit_manifest(bundle, files=files)


def damage(bundle: Path, position: int) -> None:
    path = bundle / "payment_events.parquet"
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(bytes(data))


def shorten(bundle: Path) -> None:
    path = bundle / "payment_events.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def drop_table(bundle: Path) -> None:
    files = json.loads((bundle / MANIFEST).read_text())["files"]
    del files["agents"]
    edit_manifest(bundle, files=files)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda b: (b / MANIFEST).unlink(), "there is no bundle .no manifest.json.; simulate the scenario first"),
        (lambda b: (b / MANIFEST).write_text("{"), "manifest.json: cannot be read: Expecting"),
        (lambda b: (b / MANIFEST).write_text("[]"), "manifest.json: cannot be read: it is not a JSON object"),
        (lambda b: (b / MANIFEST).write_bytes(b"\xff\xfe"), "manifest.json: cannot be read"),
        (lambda b: edit_manifest(b, format=99), "its format is 99, this version reads format 2"),
        (lambda b: edit_manifest(b, surprise=1), "a field is missing or unknown: .*surprise"),
        (lambda b: edit_manifest(b, totals=None), "a field is missing or unknown"),
        (lambda b: edit_manifest(b, engine_version="0.0.1"), "made by engine 0.0.1, this is "),
        (drop_table, "the table agents is missing"),
        (lambda b: (b / "rng_states.parquet").unlink(), "rng_states.parquet: cannot be read: No such file"),
        (lambda b: damage(b, 100), "payment_events.parquet: is damaged"),
        (shorten, "payment_events.parquet: is damaged"),
        (lambda b: rewrite(b, "agents", lambda t: t.drop_columns(["policy_hash"])), "columns policy_hash"),
        (lambda b: rewrite(b, "agents", lambda t: t.append_column("extra", [[1] * 4])), "columns extra"),
        (
            lambda b: rewrite(b, "agent_ticks", lambda t: t.set_column(0, "tick", t["tick"].cast(pa.int64()))),
            "missing, unknown or of another type: columns tick",
        ),
        (lambda b: rewrite(b, "agents", lambda t: t.slice(1)), "has 3 rows, the manifest says 4"),
    ],
)
def test_a_bundle_that_is_not_what_it_says_is_refused(
    tmp_path: Path, fault: Callable[[Path], object], message: str
) -> None:
    write_sample(tmp_path / "b")
    fault(tmp_path / "b")
    with pytest.raises(BundleError, match=message) as caught:
        read_bundle(tmp_path / "b")
    assert str(tmp_path / "b") in str(caught.value)
    assert "simulate the scenario" in str(caught.value)


def test_no_parquet_at_all_is_refused(tmp_path: Path) -> None:
    write_sample(tmp_path / "b")
    path = tmp_path / "b" / "agents.parquet"
    path.write_text("PAR1 it is not")
    files = json.loads((tmp_path / "b" / MANIFEST).read_text())["files"]
    files["agents"] |= {"bytes": path.stat().st_size, "crc32": bundle_module._crc32(path)}
    edit_manifest(tmp_path / "b", files=files)
    with pytest.raises(BundleError, match=r"agents\.parquet: is not a Parquet file"):
        read_bundle(tmp_path / "b")
