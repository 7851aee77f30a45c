"""A warehouse of many small runs with the models of indicators and comparisons, and only those, built once.

Belongs here: which runs there are, and calling dbt on the part of the project they need. Does not belong here: what the
figures should be. Nobody may change the warehouse: take a copy of the file.
"""

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from paysim_engine.scenario import LoadedScenario, load_scenario
from paysim_pipeline.dbt_files import DBT_PROJECT
from paysim_pipeline.settings import PROJECT_ROOT
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.writer import load_into
from tests.dbt.projects import SCENARIOS, DbtRun, dbt, part_of_the_project, settings_in
from tests.golden.recorded import SELECTION

OWN = {path.stem: path for path in (*SCENARIOS.glob("*.yaml"), *(PROJECT_ROOT / "scenarios").glob("*.yaml"))}
"""Scenarios of ours: each has a current run under its name."""

GOLDEN = """
    fuzz/fz_s00 fuzz/fz_s26 fuzz/lsm_s05_bcm fuzz/lsm_s08_bcm5 fuzz/lsm_s11_b fuzz/pfz1058 fuzz/pfz1112 fuzz/pfz1118
    fuzz/pfz1156 library/advanced_policy_crisis library/bis_liquidity_delay_tradeoff library/crisis_resolution_10day
    library/exp1_2period library/target2_lsm_features_test micro/d09_scheduled_settlement micro/d17_staggered_split
    micro/d22_drop micro/d23_settlement_reaches_all_ancestors micro/r_limits policies/mock_splitting_on
    policies/efficient_memory_adaptive_on policies/sophisticated_adaptive_bank_on
""".split()
"""Recorded cases: each has a kept run, whose id is the name of the case."""

QUIET = "quiet"
"""`gridlock` with two more days, on which nothing is paid: it has a current run under this name."""

SEEDS = {"netting_again": 41, "netting_once_more": 42}
"""Kept runs of `netting`, successive iterations of an experiment -> their seeds."""

MODELS = """
    stg_simulations stg_agents stg_agent_ticks stg_transactions stg_cost_events stg_cost_accruals stg_days
    stg_system_events stg_payment_events stg_netting_events stg_lsm_events stg_policy_events stg_policy_decisions
    stg_liquidity_events stg_collateral_movements stg_arrivals stg_settlements
    int_comparison_pairs int_indicator_payments int_indicator_net_debits int_indicator_agent_days int_indicator_ticks
    int_indicator_runs int_indicator_agent_runs
    simulations daily_costs daily_agent_metrics payment_system_indicators agent_indicators simulation_comparison
    agent_comparison
""".split()
"""The models of indicators and comparisons, and what they and their tests read."""

# Lives as long as the process.
_FOLDER = TemporaryDirectory(prefix="paysim-indicated-")


@dataclass(frozen=True)
class Indicated:
    """The warehouse.

    Attributes:
        database: its file, called `warehouse.duckdb`.
        project: the part of the dbt project that built it.
        run: what dbt said of building it.
        scenarios: simulation id -> the scenario that was run, of all runs but those of `SEEDS`.
        current: scenario -> id of its current run.
    """

    database: Path
    project: Path
    run: DbtRun
    scenarios: dict[str, LoadedScenario]
    current: dict[str, str]

    def sql(self, name: str) -> str:
        """The SQL of a model or a test, as dbt compiled it."""
        (code,) = (
            result["compiled_code"]
            for unique_id, result in self.run.results.items()
            if unique_id.startswith(("model.", "test.")) and unique_id.split(".")[2] == name
        )
        assert isinstance(code, str)
        return code

    def tests(self, beginning: str) -> list[str]:
        """The singular tests whose names begin so."""
        names = [unique_id.split(".") for unique_id in self.run.results]
        return sorted(
            name[2] for name in names if name[0] == "test" and len(name) == 3 and name[2].startswith(beginning)
        )

    def failing(self, connection: duckdb.DuckDBPyConnection, beginning: str) -> list[str]:
        """The singular tests that find anything wrong in an open copy."""
        return [name for name in self.tests(beginning) if connection.execute(self.sql(name)).fetchone() is not None]


@cache
def indicated() -> Indicated:
    """The warehouse, built at the first call."""
    folder = Path(_FOLDER.name)
    scenarios, current = _load(folder)
    project = part_of_the_project(folder / "project", MODELS)
    tests = project / "tests" / "singular"
    tests.mkdir()
    for pattern in ("indicators_*.sql", "comparison_*.sql"):
        for test in (DBT_PROJECT / "tests" / "singular").glob(pattern):
            shutil.copy(test, tests)
    run = dbt(folder / "warehouse.duckdb", folder / "target", "build", project=project)
    return Indicated(folder / "warehouse.duckdb", project, run, scenarios, current)


def _load(folder: Path) -> tuple[dict[str, LoadedScenario], dict[str, str]]:
    """Play and load all runs."""
    settings = settings_in(folder)
    scenarios: dict[str, LoadedScenario] = {}
    current: dict[str, str] = {}
    with writer(settings) as connection:

        def load(scenario: LoadedScenario, name: str, seed: int | None = None, **identity: Any) -> str:
            bundle = ScenarioRun(scenario, seed=seed, bundle=settings.bundles / name).play().bundle
            assert bundle is not None
            return load_into(connection, bundle, **identity).simulation_id

        quiet = folder / f"{QUIET}.yaml"
        quiet.write_text(OWN["gridlock"].read_text(encoding="utf-8").replace("num_days: 1", "num_days: 3"))
        for name, path in sorted({**OWN, QUIET: quiet}.items()):
            scenario = load_scenario(path)
            current[name] = load(scenario, name)
            scenarios[current[name]] = scenario
        for case in GOLDEN:
            scenario = load_scenario(SELECTION / case / "scenario.yaml")
            run = case.split("/")[1]
            scenarios[load(scenario, run, simulation_id=run)] = scenario
        for iteration, (run, seed) in enumerate(SEEDS.items()):
            experiment = {"experiment_run_id": "seeds", "experiment_iteration": iteration}
            load(load_scenario(OWN["netting"]), run, seed, simulation_id=run, **experiment)
    return scenarios, current
