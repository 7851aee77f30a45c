"""Many partitions at once through the run queue, one of which fails, while people read and somebody calls dbt by hand.

Twenty take four minutes on two idle cores. Twice as many as run at a time (`max_concurrent_runs`) make a queue as well:
`PAYSIM_PARTITIONS=4` for a minute.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.pipeline.test_materialise import Report, environment, variables_of

PARTITIONS = int(os.environ.get("PAYSIM_PARTITIONS") or "20")
NAMES = [f"bank_day_{number:02d}" for number in range(1, PARTITIONS + 1)]
VICTIM = "bank_day_00"
"""The one that fails; the first to be launched."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What `queue_children.main` did and found."""
    place = tmp_path_factory.mktemp("queue")
    (place / "scenarios").mkdir()
    (place / "data").mkdir()
    for name in (VICTIM, *NAMES):
        shutil.copy(ROOT / "scenarios" / "gridlock.yaml", place / "scenarios" / f"{name}.yaml")
    environment(place)
    # Who calls dbt by hand leaves the artefacts of this checkout as they are.
    by_hand = {"DBT_TARGET_PATH": str(place / "target"), "DBT_LOG_PATH": str(place / "target")}
    # Nobody gives up because the machine has other work: on an idle one no turn takes more than ten seconds.
    by_hand |= {"PAYSIM_LOCK_TIMEOUT": "900"}
    child = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.queue_children"],
        cwd=ROOT,
        env=variables_of(place) | by_hand,
        capture_output=True,
        text=True,
        check=False,
    )
    log = place / "data" / "daemon.log"
    assert child.returncode == 0, child.stderr[-3000:] + (log.read_text()[-3000:] if log.exists() else "")
    found: Report = json.loads((place / "data" / "report.json").read_text())
    print(f"{PARTITIONS} partitions in {found['seconds']} s")
    return found


def test_all_partitions_succeed(report: Report) -> None:
    statuses = {name: report["statuses"][name] for name in NAMES}
    assert statuses == dict.fromkeys(NAMES, "SUCCESS"), report["messages"]


def test_dbt_by_hand_succeeds(report: Report) -> None:
    assert report["by hand"]["code"] == 0, report["by hand"]["said"]
    assert "ERROR=0" in report["by hand"]["said"]


def test_nothing_is_lost(report: Report) -> None:
    """The scenarios are copies of one: each must have what every other has."""
    assert list(report["contents"]) == NAMES
    rows = {tuple(row[1:]) for row in report["contents"].values()}
    assert len(rows) == 1
    (digest, events, payments, metrics) = rows.pop()
    assert digest
    assert events > 0
    assert payments == 9
    assert metrics == 4
    assert len({row[0] for row in report["contents"].values()}) == len(NAMES)


def test_the_published_copy_is_of_the_end(report: Report) -> None:
    assert report["published"] == report["contents"]


def test_the_reader_kept_what_it_had_open(report: Report) -> None:
    assert report["reader"] == "0\n"


def test_the_failed_one_says_why(report: Report) -> None:
    assert report["statuses"][VICTIM] == "FAILURE"
    (message,) = report["messages"][VICTIM]
    assert VICTIM in message
    assert "something else than a bundle" in message


def test_running_it_again_heals_and_harms_no_other(report: Report) -> None:
    assert report["healed"]["statuses"] == {VICTIM: "SUCCESS"}
    found = dict(report["healed"]["contents"])
    (digest, events, *modelled) = found.pop(VICTIM)[1:]
    assert found == report["contents"]
    assert [digest, events, *modelled] == report["contents"][NAMES[0]][1:]


def test_nobody_holds_or_waits_for_the_warehouse_in_the_end(report: Report) -> None:
    assert report["slots"] == {"limit": 1, "claimed": 0, "pending": 0}
