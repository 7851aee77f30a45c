"""Which files are scenarios."""

from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest

from paysim_pipeline.asset_events import PartitionReports
from paysim_pipeline.partitions import misnamed_files, misnamed_words, scenario_files, scenario_partitions
from paysim_pipeline.settings import Settings
from tests.conftest import ROOT


def folder(path: Path) -> Path:
    for name in ("zeta.yaml", "alpha_2.yaml", "Beta.yaml", "1st.yaml", "with-dash.yaml", "old.yml", "README.md"):
        (path / name).touch()
    (path / "policies").mkdir()
    (path / "policies" / "nested.yaml").touch()
    return path


def test_files_become_names_in_order(tmp_path: Path) -> None:
    files = scenario_files(folder(tmp_path))
    assert list(files) == ["alpha_2", "zeta"]
    assert files["zeta"] == tmp_path / "zeta.yaml"


def test_files_with_other_names_are_told(tmp_path: Path) -> None:
    found = [path.name for path in misnamed_files(folder(tmp_path))]
    assert found == ["1st.yaml", "Beta.yaml", "old.yml", "with-dash.yaml"]
    words = misnamed_words(tmp_path)
    assert len(words) == len(found)
    assert words[2].startswith(f"{tmp_path / 'old.yml'}: the name of a scenario file is lower-case letters")
    assert words[2].endswith("ends in .yaml; rename it")


def test_an_absent_folder_has_no_scenarios(tmp_path: Path) -> None:
    assert scenario_files(tmp_path / "nowhere") == {}


def test_one_partition_per_file(tmp_path: Path) -> None:
    settings = Settings.from_environment({"PAYSIM_SCENARIOS": str(folder(tmp_path))})
    assert scenario_partitions(settings).get_partition_keys() == ["alpha_2", "zeta"]


def test_every_scenario_of_the_checkout_is_a_partition() -> None:
    assert misnamed_files(ROOT / "scenarios") == []


class Vanished:
    """The context of a run that was started for a scenario whose file is gone by now."""

    run = dg.DagsterRun("build_scenarios", tags={"dagster/partition": "small_bank"})

    def get_step_execution_context(self) -> None:
        """Nothing of it is asked for."""

    @property
    def partition_keys(self) -> list[str]:
        """What Dagster does if a partition is unknown."""
        raise dg.DagsterInvalidInvocationError("Partition range small_bank to small_bank is not a valid range.")


def test_a_run_for_a_file_that_is_gone_says_so() -> None:
    with pytest.raises(dg.Failure, match="the file of scenario small_bank is gone"):
        PartitionReports(cast(Any, Vanished()))
