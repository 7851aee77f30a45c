"""The definitions load, and hold exactly what they should.

A module of `defs/` that holds a `Definitions` object hides its other assets without an error: hence the whole lists.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

import paysim_engine
from paysim_pipeline.bundle_checks import CHECKS
from paysim_pipeline.definitions import defs
from paysim_pipeline.defs.simulation import check_engine
from paysim_pipeline.engine_code import code_version, out_of_step
from paysim_pipeline.partitions import scenario_files
from tests.conftest import ROOT

RAW = [
    "agent_ticks",
    "agents",
    "cost_events",
    "liquidity_events",
    "netting_events",
    "payment_events",
    "policy_events",
    "policy_snapshots",
    "queue_snapshots",
    "rng_states",
    "simulations",
    "state_snapshots",
    "system_events",
    "transactions",
]
BEFORE = ["scenario_file", "simulation_run"]
AFTER = ["scenario_report", "published"]
BESIDE = ["regression"]
SCHEMAS = {"staging": "staging", "intermediate": "intermediate", "marts": "main"}
"""Folder of the dbt models -> schema in the warehouse."""


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> AssetGraph:
    return definitions.resolve_asset_graph()


def models() -> Mapping[str, Path]:
    """Asset key of each model -> its file."""
    folder = ROOT / "dbt_project" / "models"
    return {f"{SCHEMAS[path.relative_to(folder).parts[0]]}/{path.stem}": path for path in sorted(folder.rglob("*.sql"))}


def test_assets(graph: AssetGraph) -> None:
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert keys == {*BEFORE, *AFTER, *BESIDE, *(f"raw/{table}" for table in RAW), *models()}


def of_all_scenarios() -> set[str]:
    """What is about all scenarios at once."""
    return {"published", *BESIDE, *(key for key, path in models().items() if path.parent.name == "comparison")}


def test_every_asset_of_a_scenario_has_the_scenarios_as_partitions(graph: AssetGraph) -> None:
    scenarios = list(scenario_files(ROOT / "scenarios"))
    assert len(scenarios) >= 3
    for key in graph.get_all_asset_keys():
        partitions = graph.get(key).partitions_def
        if key.to_user_string() in of_all_scenarios():
            assert partitions is None, key
        else:
            assert partitions is not None, key
            assert partitions.get_partition_keys() == scenarios, key


def test_every_backfill_is_one_run(graph: AssetGraph) -> None:
    policies = {
        graph.get(key).backfill_policy
        for key in graph.get_all_asset_keys()
        if key.to_user_string() not in of_all_scenarios()
    }
    assert policies == {dg.BackfillPolicy.single_run()}


def test_groups_follow_the_layers(graph: AssetGraph) -> None:
    groups = {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert groups["scenario_file"] == "scenarios"
    assert groups["simulation_run"] == "simulation"
    assert {groups[f"raw/{table}"] for table in RAW} == {"raw"}
    folder = ROOT / "dbt_project" / "models"
    for key, path in models().items():
        layers = path.relative_to(folder).parts
        assert groups[key] == ("comparison" if layers[1] == "comparison" else layers[0]), key
    assert {groups[key] for key in AFTER} == {"reports"}
    assert groups["regression"] == "regression"


def test_data_flows_from_left_to_right(graph: AssetGraph) -> None:
    def parents(key: str) -> set[str]:
        return {parent.to_user_string() for parent in graph.get(dg.AssetKey(key.split("/"))).parent_keys}

    assert parents("scenario_file") == set()
    assert parents("simulation_run") == {"scenario_file"}
    assert {frozenset(parents(f"raw/{table}")) for table in RAW} == {frozenset({"simulation_run"})}
    assert parents("staging/stg_agents") >= {"raw/agents"}
    comparison = of_all_scenarios() - {"published", *BESIDE}
    marts = {key for key, path in models().items() if "marts" in path.parts}
    assert parents("scenario_report") == marts - comparison
    assert parents("regression") == set()
    assert parents("published") == {"scenario_report", *comparison}


def test_every_asset_says_what_it_is(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        asset = graph.get(key)
        assert len((asset.description or "").split()) > 3, key
        assert asset.owners == ["team:paysim"], key
        assert asset.kinds, key
        assert asset.group_name != "default", key
        # Without one Dagster cannot tell a changed asset from an unchanged one; these have other means.
        assert asset.code_version or key.to_user_string() in {"scenario_file", *AFTER, *BESIDE}, key


def test_checks_stand_before_the_load(graph: AssetGraph) -> None:
    checks = {key.name: graph.get(key) for key in graph.asset_check_keys if key.asset_key.path == ["simulation_run"]}
    assert set(checks) == {*(check.name for check in CHECKS), "repeatable", "complete"}
    assert all(
        check.blocking and check.partitions_def is not None for name, check in checks.items() if name != "complete"
    )


def test_tests_of_models_are_their_checks(graph: AssetGraph) -> None:
    names = {key.name for key in graph.asset_check_keys}
    singular = {path.stem for path in (ROOT / "dbt_project" / "tests" / "singular").glob("*.sql")}
    assert singular
    assert singular <= names


def test_whoever_touches_the_warehouse_is_in_the_pool(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("build_scenarios")
    pools = {node.name: node.pools for node in job.graph.node_defs}
    assert pools == {
        "scenario_file": set(),
        "simulation_run": set(),
        "bundle_checks": set(),
        "raw_load": {"duckdb_writer"},
        "scenario_models": {"duckdb_writer"},
        "scenario_report": {"duckdb_writer"},
        "complete": set(),
        "published": {"duckdb_writer"},
    }
    job = definitions.resolve_job_def("publish_results")
    assert {node.name: node.pools for node in job.graph.node_defs} == {
        "comparison_models": {"duckdb_writer"},
        "published": {"duckdb_writer"},
    }


def test_a_run_is_one_process(definitions: dg.Definitions) -> None:
    assert definitions.resolve_job_def("build_scenarios").executor_def.name == "in_process"


def test_an_engine_change_makes_runs_stale(graph: AssetGraph) -> None:
    for key in ["simulation_run", *(f"raw/{table}" for table in RAW)]:
        assert graph.get(dg.AssetKey(key.split("/"))).code_version == code_version()


def test_the_version_of_the_engines_code_follows_from_its_sources(tmp_path: Path) -> None:
    def version(**sources: str) -> str:
        folder = tmp_path / "engine"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "core").mkdir(parents=True)
        for name, text in sources.items():
            (folder / "core" / f"{name}.py").write_text(text)
        (folder / "core" / "engine.so").touch()
        return code_version(folder)

    one = version(costs="rate = 1", queues="")
    assert one == version(queues="", costs="rate = 1")
    assert len({one, version(costs="rate = 2", queues=""), version(costs="", queues="rate = 1"), version()}) == 4
    assert one.startswith(f"{paysim_engine.__version__} ")


def test_a_compiled_engine_that_is_not_the_one_of_the_sources_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, library, other = tmp_path / "costs.py", tmp_path / "costs.cpython.so", tmp_path / "queues.py"
    for path in (source, library, other):
        path.touch()
    os.utime(other, (300, 300))
    os.utime(library, (100, 100))
    os.utime(source, (100, 100))
    assert out_of_step(tmp_path) is None
    os.utime(source, (200, 200))
    assert out_of_step(tmp_path) == (
        f"{source}: changed since the engine was compiled; run 'make build', then run this again"
    )
    monkeypatch.setattr("paysim_pipeline.defs.simulation.out_of_step", lambda: out_of_step(tmp_path))
    monkeypatch.setattr(paysim_engine, "is_compiled", lambda: False)
    check_engine()
    monkeypatch.setattr(paysim_engine, "is_compiled", lambda: True)
    with pytest.raises(dg.Failure, match=r"costs\.py: changed since"):
        check_engine()


def test_a_changed_model_is_stale(graph: AssetGraph) -> None:
    """The code version of a model follows from its SQL, so no two of them have the same."""
    versions = [graph.get(dg.AssetKey(key.split("/"))).code_version for key in models()]
    assert None not in versions
    assert len(set(versions)) == len(versions)


def test_definitions_are_loaded_once_in_a_process(definitions: dg.Definitions) -> None:
    assert defs() is definitions


def test_loading_imports_nothing_heavy() -> None:
    """Every Dagster process loads the definitions; what a body needs is imported by the body."""
    heavy = ["duckdb", "pyarrow", "polars", "altair", "paysim_engine.simulation", "paysim_engine.scenario.loader"]
    program = (
        "import sys; from paysim_pipeline.definitions import defs; defs().resolve_asset_graph(); "
        "print(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, *heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
