"""`paysim validate`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Paysim
from tests.conftest import ROOT


def test_sound_scenarios(paysim: Paysim) -> None:
    files = sorted((ROOT / "scenarios").glob("*.yaml"))
    outcome = paysim("validate", *files)
    assert outcome.code == 0
    assert [line.split(":")[0] for line in outcome.out.splitlines()] == [str(file) for file in files]
    assert "2 agents, 1 day of 2 ticks, seed 42" in outcome.out


def test_all_problems_at_once(paysim: Paysim, broken: Path) -> None:
    outcome = paysim("validate", broken)
    assert outcome.code == 1
    assert outcome.out == ""
    for place in ("simulation.ticks_per_day", "agents[0].unsecured_capp", "agents[1].opening_balance"):
        assert place in outcome.err
    assert 'Did you mean "unsecured_cap"?' in outcome.err


def test_one_broken_file_does_not_hide_the_others(paysim: Paysim, broken: Path) -> None:
    outcome = paysim("validate", broken, "gridlock", "nowhere.yaml")
    assert outcome.code == 1
    assert "gridlock.yaml: sound" in outcome.out
    assert "2 of 3 scenarios cannot be used" in outcome.err


def test_json(paysim: Paysim, broken: Path) -> None:
    outcome = paysim("validate", broken, "gridlock", "--json")
    assert (outcome.code, outcome.err) == (1, "")
    bad, good = outcome.data
    assert not bad["valid"]
    assert {problem["path"] for problem in bad["problems"]} == {
        "simulation.ticks_per_day",
        "agents[0].unsecured_capp",
        "agents[1].opening_balance",
    }
    assert good["valid"]
    assert (good["name"], good["agents"], good["num_days"], good["problems"]) == ("gridlock", 4, 1, [])
    assert len(good["fingerprint"]) == 64


def test_quiet(paysim: Paysim, broken: Path) -> None:
    assert paysim("validate", "gridlock", "--quiet").out == ""
    assert paysim("validate", broken, "--quiet").err != ""


def test_a_misspelt_name_is_put_right(paysim: Paysim) -> None:
    outcome = paysim("validate", "gridlok")
    assert outcome.code == 1
    assert 'did you mean "gridlock"?' in outcome.err


def test_an_unknown_name_lists_what_there_is(paysim: Paysim) -> None:
    assert "baseline, gridlock" in paysim("validate", "zzzzzzzzzzzz").err


def test_a_folder_hides_no_scenario(paysim: Paysim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("gridlock", "nameless"):
        (tmp_path / name).mkdir()
    assert "gridlock.yaml: sound" in paysim("validate", "gridlock").out
    outcome = paysim("validate", "nameless", "n" * 300, "gridlock")
    assert outcome.code == 1
    assert "nameless: this is a folder; name a scenario file in it" in outcome.err
    assert "nnn: File name too long" in outcome.err
    assert "gridlock.yaml: sound" in outcome.out


def test_warnings_are_told_and_strict_makes_them_problems(paysim: Paysim, tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "two_period_game.yaml").read_text()
    legacy = tmp_path / "legacy.yaml"
    legacy.write_text(text.replace("simulation:\n", "simulation:\n  lsm_enabled: true\n"))
    lenient, strict = paysim("validate", legacy), paysim("validate", legacy, "--strict")
    assert lenient.code == 0
    assert "1 warning" in lenient.err
    assert "simulation.lsm_enabled" in lenient.err
    assert strict.code == 1
