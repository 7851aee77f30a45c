"""The command as a process in rough surroundings: closed pipes, full disks, poor alphabets, locks, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import Paysim
from tests.conftest import ROOT

PAYSIM = f"{sys.executable} -m paysim_pipeline.cli"


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line in a shell; a traceback is never an answer."""
    done = subprocess.run(
        ["bash", "--norc", "-c", line.replace("paysim", PAYSIM, 1)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr
    return done


@pytest.fixture
def stored(paysim: Paysim, database: Path) -> Path:
    """The default warehouse with a run in it."""
    assert paysim("run", "gridlock", "--quiet").code == 0
    return database


@pytest.mark.parametrize(
    "command",
    [
        "replay gridlock --verbose",
        "simulate gridlock --events -",
        "policy schema --json",
        "list --json",
    ],
)
def test_a_reader_that_goes_away(stored: Path, command: str) -> None:
    done = shell(f"paysim {command} | head -n 1")
    assert done.stdout.count("\n") == 1
    assert "paysim:" not in done.stderr


def test_a_reader_of_events_that_goes_away_is_no_error(stored: Path, tmp_path: Path) -> None:
    endless = "simulate liquidity_stress --days 99999 --events -"
    done = shell(f"paysim {endless} | head -n 1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["event_seq"] == 0
    # What is kept besides is whole.
    done = shell(f"paysim simulate baseline --events - --bundle {tmp_path / 'kept'} | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode == 0
    assert "bundle: " in done.stderr
    assert (tmp_path / "kept" / "manifest.json").is_file()


@pytest.mark.parametrize("command", ["bench --list", "list", "simulate gridlock", "baseline list", "--help"])
def test_a_reader_that_was_never_there(stored: Path, command: str) -> None:
    assert shell(f"paysim {command} | true").stderr == ""


@pytest.mark.parametrize("command", ["simulate gridlock", "simulate gridlock --events -", "replay gridlock --verbose"])
def test_a_full_disk(stored: Path, command: str) -> None:
    done = shell(f"paysim {command} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == "paysim: No space left on device\n"


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(stored: Path, closing: str) -> None:
    assert shell(f"paysim simulate gridlock {closing}").returncode == 0


@pytest.mark.parametrize(
    "command",
    [
        "list --scenario $'\\xff'",
        "events gridlock --tx $'\\xff'",
        "run gridlock --db $'\\xff'",
        "validate $'\\xff.yaml'",
    ],
)
def test_bytes_that_are_no_text(stored: Path, command: str) -> None:
    done = shell(f"paysim {command}")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "\\udcff" in done.stderr
    assert "this is no text in the encoding of your terminal" in done.stderr


@pytest.mark.parametrize("alphabet", ["ascii", "latin-1"])
def test_a_poor_alphabet(stored: Path, alphabet: str) -> None:
    done = shell("paysim list", PYTHONIOENCODING=alphabet)
    assert done.returncode == 0
    assert "gridlock" in done.stdout
    done = shell("paysim policy schema", PYTHONIOENCODING=alphabet)
    assert done.returncode == 0
    done = shell("paysim policy explain queue_manager --json", PYTHONIOENCODING=alphabet)
    full = shell("paysim policy explain queue_manager --json", PYTHONIOENCODING="utf-8")
    assert json.loads(done.stdout) == json.loads(full.stdout)
    assert "�" not in full.stdout


def test_a_locked_warehouse(stored: Path) -> None:
    program = f"import duckdb, time; c = duckdb.connect({str(stored)!r}); print(1, flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        for command in ("list", "run gridlock", "db publish"):
            done = shell(f"paysim {command}", PAYSIM_LOCK_TIMEOUT="0.2")
            assert done.returncode == 1
            assert f"{stored}: another process has it open" in done.stderr
        # TAB answers at once, whatever the warehouse is waiting for.
        begun = time.monotonic()
        done = shell("paysim", _PAYSIM_COMPLETE="complete_bash", COMP_WORDS="paysim show ", COMP_CWORD="2")
        assert done.stdout.strip() == ""
        assert time.monotonic() - begun < 10
    finally:
        other.kill()
        other.communicate()


def test_a_warehouse_that_is_a_folder(paysim: Paysim, tmp_path: Path) -> None:
    outcome = paysim("list", "--db", tmp_path)
    assert outcome.code == 1
    assert outcome.err.startswith(f"paysim: {tmp_path}: this is a folder")


@pytest.mark.parametrize(
    "arguments",
    [["simulate", "liquidity_stress", "--days", "3000", "--events", "events.jsonl"], ["run", "liquidity_stress"]],
    ids=["simulate", "run"],
)
def test_ctrl_c(stored: Path, tmp_path: Path, arguments: list[str]) -> None:
    if arguments[0] == "run":
        arguments = [*arguments, "--days", "3000"]
    before = duckdb.connect(str(stored), read_only=True)
    runs = before.sql("select count(*) from raw.simulations").fetchone()
    before.close()
    running = subprocess.Popen(
        [sys.executable, "-m", "paysim_pipeline.cli", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "paysim: interrupted\n")
    assert not (tmp_path / "events.jsonl").exists()
    assert sorted(path.name for path in stored.parent.iterdir()) == [stored.name, f"{stored.name}.lock"]
    after = duckdb.connect(str(stored), read_only=True)
    assert after.sql("select count(*) from raw.simulations").fetchone() == runs
    after.close()


_INTERRUPTED_EARLY = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            sys.argv[1:] = ["--help"]
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
from paysim_pipeline.cli.main import main
sys.meta_path.insert(0, Interrupting())
main()
"""


@pytest.mark.parametrize("module", ["json", "typer", "paysim_pipeline.cli.app", "paysim_pipeline.cli.short_life"])
def test_ctrl_c_while_libraries_are_imported(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_EARLY, module], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "paysim: interrupted\n")


@pytest.mark.parametrize("raised", ["paysim_pipeline.cli.errors.CommandError", "pydantic_core.SchemaError"])
def test_ctrl_c_of_which_a_library_makes_an_error_of_its_own(stored: Path, raised: str) -> None:
    module, _, error = raised.rpartition(".")
    program = f"""
import os, signal, sys
from {module} import {error}
from paysim_pipeline import overview
from paysim_pipeline.cli.main import main

def runs(connection, scenario=None):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise {error}("Error building a validator") from None

overview.runs = runs
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[1:] = ["list"]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "paysim: interrupted\n")


def test_ctrl_c_in_the_middle_of_a_question(stored: Path) -> None:
    program = """
import os, signal, sys, threading
from paysim_pipeline import overview
from paysim_pipeline.cli.main import main

def runs(connection, scenario=None):
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    connection.execute("select sum(i * i) from range(2000000000) as numbers (i)").fetchall()

overview.runs = runs
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[1:] = ["list"]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "paysim: interrupted\n")
