"""What the shell offers when TAB is pressed, asked for the way the shells ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Paysim
from tests.conftest import ROOT
from tests.support.modelled import modelled_warehouse

PROGRAM = "import sys; sys.argv[0] = 'paysim'; from paysim_pipeline.cli.main import main; main()"


def offered(*words: str) -> list[str]:
    """What is offered for the last of the words behind `paysim`, as bash asks for it."""
    environment = {
        **os.environ,
        "_PAYSIM_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["paysim", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def warehouse(database: Path) -> Path:
    """The default warehouse of commands holds the runs of `tests.support.modelled`; no test may change it."""
    database.parent.mkdir(parents=True)
    os.link(modelled_warehouse(), database)
    return database


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["s"], ["simulate", "show"]),
        (["db", ""], ["info", "migrate", "publish"]),
        (["simulate", "--s"], ["--seed", "--strict"]),
        (["simulate", "l"], ["liquidity_stress"]),
        # Files are left to the shell.
        (["simulate", "scenarios/"], []),
        (["validate", "gridlock", "b"], ["baseline"]),
        (["baseline", "check", "two"], ["two_period_game"]),
        (["policy", "explain", "que"], ["queue_manager"]),
        (["policy", "validate", "Liq"], ["LiquidityAware", "LiquiditySplitting"]),
        (["events", "gridlock", "--sort", ""], ["tick_asc", "tick_desc"]),
        (["run", "gridlock", "--filter-event-type", "Arrival,LsmB"], ["Arrival,LsmBilateralOffset"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_without_a_warehouse(database: Path, words: list[str], expected: list[str]) -> None:
    assert offered(*words) == expected
    assert not database.exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["show", ""], ["gridlock", "liquidity_stress", "netting", "policies", "stress"]),
        (["show", "s"], ["stress"]),
        (["compare", "gridlock", "str"], ["stress"]),
        (["list", "--scenario", "liq"], ["liquidity_stress"]),
        (["replay", "gridlock", "--filter-agent", ""], ["EAST", "NORTH", "SOUTH", "WEST"]),
        (["costs", "liquidity_stress", "--agent", "M"], ["METRO"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_with_a_warehouse(warehouse: Path, words: list[str], expected: list[str]) -> None:
    assert sorted(offered(*words)) == expected


def test_the_warehouse_that_the_line_names(warehouse: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    shutil.copyfile(warehouse, other)
    warehouse.unlink()
    assert offered("show", "grid") == []
    assert offered("show", "--db", str(other), "grid") == ["gridlock"]


def test_a_damaged_warehouse_offers_nothing(database: Path) -> None:
    database.parent.mkdir(parents=True)
    database.write_bytes(b"no database")
    assert offered("show", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(paysim: Paysim, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PAYSIM_COMPLETE", f"source_{shell}")
    outcome = paysim()
    assert outcome.code == 0
    assert f"complete_{shell}" in outcome.out
    assert {"bash": "complete -o default", "zsh": "compdef", "fish": "complete --command paysim"}[shell] in outcome.out


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The command as a file, as it lies in the `bin` of an environment."""
    file = tmp_path / "paysim"
    file.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{PROGRAM}\n")
    file.chmod(0o755)
    return file


def test_bash_understands_its_script(paysim: Paysim, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PAYSIM_COMPLETE", "source_bash")
    script = paysim().out
    monkeypatch.delenv("_PAYSIM_COMPLETE")
    words = "COMP_WORDS=(paysim simulate grid) COMP_CWORD=2"
    asked = f'{script}\n{words}\n_paysim_completion {program}\necho "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "--norc", "-c", asked], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("gridlock\n", "")


def test_installing(program: Path, tmp_path: Path) -> None:
    """The program asks which shell called it, and changes files of the user's home only."""
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        # Two commands: the last one would take the place of the shell.
        ["bash", "--norc", "-c", f"{program} --install-completion; true"],
        env={**os.environ, "HOME": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "bash completion installed" in done.stdout, done.stderr
    assert "paysim.sh" in (home / ".bashrc").read_text()
    assert "complete_bash" in (home / ".bash_completions" / "paysim.sh").read_text()
