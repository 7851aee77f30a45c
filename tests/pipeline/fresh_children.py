"""What the test of freshness does in a process of its own: it harms what a demo has built, bit by bit.

Belongs here: doing harm, asking what must be built again, and undoing the harm. Does not belong here: any expectation.
The environment says where everything is.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb

from paysim_pipeline.definitions import defs
from paysim_pipeline.demo import _must_publish, sound_scenarios, what_to_build
from paysim_pipeline.freshness import Freshness
from paysim_pipeline.report_files import report_file
from paysim_pipeline.settings import Settings

SETTINGS = Settings.from_environment()
HARMS = {
    "a view is dropped": "drop view staging.stg_agents cascade",
    "a table is dropped": "drop table main.daily_costs",
    "rows are deleted": "delete from main.daily_costs where scenario = 'alpha'",
    "raw rows are deleted": """
        delete from raw.agent_ticks
        where simulation_id = (select simulation_id from raw.simulations where scenario = 'beta') and tick = 0
    """,
    "another seed was run": "update raw.simulations set simulation_id = 'sim-other' where scenario = 'beta'",
    "no run is left": "delete from main.simulations where scenario = 'alpha'",
}


@contextmanager
def moved_away(path: Path) -> Iterator[None]:
    """While in force, a file is gone."""
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    yield
    elsewhere.rename(path)


@contextmanager
def changed(path: Path, old: str, new: str) -> Iterator[None]:
    """While in force, a file has another text."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    yield
    path.write_text(text)


@contextmanager
def harmed(sql: str) -> Iterator[None]:
    """While in force, somebody has been at the warehouse."""
    sound = SETTINGS.database.with_name("sound.duckdb")
    shutil.copy(SETTINGS.database, sound)
    with duckdb.connect(str(SETTINGS.database)) as connection:
        connection.execute(sql)
    yield
    shutil.move(sound, SETTINGS.database)


def asked() -> dict[str, str]:
    """Scenario -> why it must be built."""
    return what_to_build(sound_scenarios(SETTINGS)[0], SETTINGS)


def publishing(instance: dg.DagsterInstance) -> bool:
    """Whether the comparison and the published copy must be made again."""
    return _must_publish(Freshness(instance, defs().resolve_asset_graph()), SETTINGS)


def main() -> None:
    """The whole sequence."""
    found: dict[str, object] = {"nothing": asked()}
    alpha = SETTINGS.scenarios / "alpha.yaml"
    with changed(alpha, "simulation:", "# A remark.\nsimulation:"):
        found["a remark"] = asked()
    with changed(alpha, "rng_seed: 1", "rng_seed: 2"):
        found["another scenario"] = asked()
    with moved_away(report_file(SETTINGS, "beta")):
        found["no report"] = asked()
    with moved_away(SETTINGS.database):
        found["no warehouse"] = asked()
    for harm, sql in HARMS.items():
        with harmed(sql):
            found[harm] = asked()
    with dg.DagsterInstance.get() as instance:
        found["publish nothing"] = publishing(instance)
        with moved_away(SETTINGS.published):
            found["publish no copy"] = publishing(instance)
        with harmed("drop table main.simulation_comparison"):
            found["publish no comparison"] = publishing(instance)
        (key,) = (
            key
            for key in defs().resolve_asset_graph().asset_check_keys
            if key.name == "balances_follow_from_cash_flows"
        )
        failed = dg.AssetCheckEvaluation(
            asset_key=key.asset_key, check_name=key.name, passed=False, metadata={"failed_scenarios": "beta"}
        )
        instance.report_runless_asset_event(failed)
        found["a check failed"] = asked()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
