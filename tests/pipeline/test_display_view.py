"""The view `simulation_events` says what a replay shows: the raw tables are read by both."""

import json
from pathlib import Path

from paysim_pipeline.warehouse.connection import reader
from tests.dbt.projects import dbt, part_of_the_project, rows
from tests.pipeline.shown import GOLDEN, objects, shown, stream_of

MODELS = [
    "simulation_events",
    *(f"stg_{family}_events" for family in ("payment", "policy", "netting", "liquidity", "cost", "system")),
    "stg_agents",
    "stg_simulations",
]


CASES = ("lsm_s08_bcm5", "pfz1000")


def test_the_view_and_the_event_stream_are_the_same(tmp_path: Path) -> None:
    cases = [shown(GOLDEN / "fuzz" / name / "scenario.yaml", tmp_path, name) for name in CASES]
    database = cases[0].settings.database
    project = part_of_the_project(tmp_path / "project", MODELS)
    built = dbt(database, tmp_path / "target", "run", project=project)
    assert built.ok, built.output
    for name, case in zip(CASES, cases, strict=True):
        with reader(case.settings) as connection:
            viewed = rows(
                connection,
                "select simulation_id, tick, day, event_type, event_id, details, tx_id, agent_id "
                "from main.simulation_events where simulation_id = ? order by event_seq",
                [name],
            )
        expected = [
            {key: value for key, value in {**row, "details": json.loads(row["details"])}.items() if value is not None}
            for row in viewed
        ]
        assert objects(stream_of(case.live)) == expected
        assert len(expected) == case.events
