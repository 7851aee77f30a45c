"""The set-up steps: done once, done again when their input changes, never believed after a failure."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tools import bootstrap


class Counter:
    """An action that counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> None:
        self.done += 1


def test_a_step_is_done_once(tmp_path: Path) -> None:
    action = Counter()
    stamp = tmp_path / "stamps" / "x"
    assert bootstrap.step(stamp, "one", "doing", action) is True
    assert bootstrap.step(stamp, "one", "doing", action) is False
    assert action.done == 1


def test_a_step_is_done_again_for_another_input(tmp_path: Path) -> None:
    action = Counter()
    for wanted in ("one", "two", "one"):
        bootstrap.step(tmp_path / "x", wanted, "doing", action)
    assert action.done == 3


def test_a_step_that_failed_leaves_no_stamp(tmp_path: Path) -> None:
    def fail() -> None:
        raise bootstrap.SetupError("no")

    stamp = tmp_path / "x"
    stamp.write_text("old")
    with pytest.raises(bootstrap.SetupError):
        bootstrap.step(stamp, "new", "doing", fail)
    assert not stamp.exists()


def test_a_step_may_empty_the_folder_of_its_stamp(tmp_path: Path) -> None:
    """`venv --clear` empties the environment in which the stamps lie."""
    stamp = tmp_path / "environment" / "stamps" / "x"
    bootstrap.step(stamp, "one", "doing", lambda: None)
    bootstrap.step(stamp, "two", "doing", lambda: shutil.rmtree(tmp_path / "environment"))
    assert stamp.read_text() == "two"


def test_the_key_depends_on_content_and_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("x")
    second.write_text("x")
    before = bootstrap.key(first)
    assert before == bootstrap.key(first)
    assert before != bootstrap.key(second)
    os.utime(first, (1, 1))
    assert before == bootstrap.key(first)
    first.write_text("y")
    assert before != bootstrap.key(first)


def test_the_key_tells_inputs_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    assert bootstrap.key("ab", "c") != bootstrap.key("a", "bc")


def test_a_command_runs_with_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    log = tmp_path / "logs" / "log"
    code = "import os, sys; print(sys.dont_write_bytecode, os.environ['EXTRA'])"
    bootstrap.run(sys.executable, "-c", code, environment={"EXTRA": "here"}, log=log)
    assert log.read_text() == "False here\n"


def test_a_failed_command_shows_its_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(bootstrap.SetupError, match="exit 3"):
        bootstrap.run(sys.executable, "-c", "import sys; print('reason'); sys.exit(3)", log=tmp_path / "log")
    assert "reason" in capsys.readouterr().err


def test_shared_libraries_are_found_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    core = tmp_path / "paysim_engine" / "core"
    core.mkdir(parents=True)
    suffix = ".cpython-311-x86_64-linux-gnu.so"
    ours = {tmp_path / f"0f__mypyc{suffix}", core / f"codes{suffix}"}
    other = {tmp_path / f"other{suffix}", core / "codes.py"}
    for path in ours | other:
        path.touch()
    assert set(bootstrap.shared_libraries()) == ours
    bootstrap.remove(bootstrap.shared_libraries())
    assert {path for path in ours | other if path.exists()} == other
