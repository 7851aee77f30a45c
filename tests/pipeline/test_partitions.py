"""Which files are scenarios."""

from pathlib import Path

from paysim_pipeline.partitions import misnamed_files, scenario_files, scenario_partitions
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


def test_an_absent_folder_has_no_scenarios(tmp_path: Path) -> None:
    assert scenario_files(tmp_path / "nowhere") == {}


def test_one_partition_per_file(tmp_path: Path) -> None:
    settings = Settings.from_environment({"PAYSIM_SCENARIOS": str(folder(tmp_path))})
    assert scenario_partitions(settings).get_partition_keys() == ["alpha_2", "zeta"]


def test_every_scenario_of_the_checkout_is_a_partition() -> None:
    assert misnamed_files(ROOT / "scenarios") == []
