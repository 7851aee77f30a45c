"""The way in and the way out: help, version, exit codes, errors."""

import subprocess
import sys
from pathlib import Path

import pytest

import paysim_engine
from tests.cli.conftest import Paysim
from tests.conftest import ROOT

COMMANDS = """
    validate simulate run replay resume list show compare costs events report baseline db bench policy
""".split()
HEAVY = ["dagster", "dagster_dbt", "dbt", "duckdb", "polars", "pyarrow", "yaml", "paysim_engine.scenario.loader"]


def test_version_says_how_the_engine_runs(paysim: Paysim) -> None:
    kind = "compiled" if paysim_engine.is_compiled() else "interpreted"
    outcome = paysim("--version")
    assert (outcome.code, outcome.out) == (0, f"paysim {paysim_engine.__version__} (engine {kind})\n")


def test_help_names_the_commands(paysim: Paysim) -> None:
    outcome = paysim("--help")
    assert outcome.code == 0
    assert all(f"\n  {command} " in outcome.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(paysim: Paysim, command: str) -> None:
    outcome = paysim(command, "--help")
    assert outcome.code == 0
    assert f"Usage: paysim {command}" in outcome.out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["simulate", "--help"]])
def test_a_quick_answer_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from paysim_pipeline.cli.main import execute; execute(sys.argv[2:]); "
        "print(sorted(set(sys.argv[1].split(',')) & set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, ",".join(HEAVY), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["simulate"],
        ["simulate", "gridlock", "--seed", "many"],
        ["simulate", "gridlock", "--wings"],
        ["simulate", "gridlock", "--ticks", "5", "--bundle", "somewhere"],
        ["simulate", "gridlock", "--json", "--events", "-"],
        ["simulate", "gridlock", "--events", "events.csv"],
        ["run", "gridlock", "--simulation-id", "../../etc/passwd"],
        ["run", "gridlock", "--days", "0"],
        ["run", "gridlock", "--experiment-run-id", "e", "--experiment-iteration", "-1"],
        ["run", "gridlock", "--experiment-run-id", "e", "--experiment-iteration", "2147483648"],
        ["simulate", "gridlock", "--policy-dir", "nowhere"],
        ["show"],
    ],
    ids=" ".join,
)
def test_bad_usage(paysim: Paysim, database: Path, arguments: list[str]) -> None:
    outcome = paysim(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err
    assert not database.exists()


def test_a_setting_that_makes_no_sense(paysim: Paysim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSIM_LOCK_TIMEOUT", "soon")
    outcome = paysim("list")
    assert outcome.code == 2
    assert "PAYSIM_LOCK_TIMEOUT is 'soon'" in outcome.err


def test_an_unexpected_error_is_one_line(
    paysim: Paysim, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of cheese")

    monkeypatch.setattr("paysim_pipeline.cli.runs.options.settings_from", fail)
    outcome = paysim("list")
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "unexpected RuntimeError: out of cheese" in outcome.err
    monkeypatch.setenv("PAYSIM_TRACEBACK", "1")
    from paysim_pipeline.cli.main import execute

    assert execute(["list"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_the_entry_point_is_the_installed_one() -> None:
    import tomllib

    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, name = scripts["paysim"].partition(":")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; from {module} import {name}; sys.argv = ['paysim', 'fly']; {name}()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No such command 'fly'" in done.stderr


def test_a_command_is_imported_when_it_is_called() -> None:
    program = (
        "import sys; from paysim_pipeline.cli.main import execute; execute(sys.argv[1:]); "
        "print(*sorted(name for name in sys.modules if name.startswith('paysim_pipeline.cli.')), file=sys.stderr)"
    )

    def imported(*arguments: str) -> set[str]:
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return {name.rpartition(".")[2] for name in done.stderr.splitlines()[-1].split()}

    idle = imported("--help")
    assert idle & {"running", "validation", "runs", "events", "baselines", "databases", "policies"} == set()
    assert imported("simulate", "--help") - idle >= {"running"}
    assert "runs" not in imported("simulate", "--help")


def test_the_process_of_a_command_looks_for_no_garbage_and_no_plugins() -> None:
    program = (
        "import atexit, gc, os, sys; sys.argv[1:] = ['--version']; "
        "from paysim_pipeline.cli.main import main; "
        "atexit.register(lambda: print(gc.get_threshold()[0] > 50_000, gc.get_freeze_count() > 10_000, "
        "os.environ['PYDANTIC_DISABLE_PLUGINS'])); main()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True True 1"
