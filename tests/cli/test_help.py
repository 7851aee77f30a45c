"""The help of every command: it fits the terminal, and its examples are true."""

import shlex
import shutil
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.main import get_command

from paysim_pipeline.cli.app import COMMANDS, app
from paysim_pipeline.cli.examples import examples_in
from tests.cli.conftest import Paysim
from tests.conftest import ROOT
from tests.support.modelled import modelled_warehouse


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group below `command`, with the words it is called by."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))


ROOTED = {(): get_command(app)} | {
    path: command for lazy in COMMANDS for path, command in walk(lazy.load(), (lazy.name,))
}
"""All commands by the words they are called by."""


def examples_of(command: Any) -> list[str]:
    """What stands under the heading of the examples."""
    lines = (command.epilog or "").splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


EXAMPLES = sorted({line for command in ROOTED.values() for line in examples_of(command)})


def test_the_list_of_commands_says_what_they_say_themselves() -> None:
    first_lines = {
        name: " ".join(str(ROOTED[(name,)].help).split("\n\n")[0].split())
        for (name,) in (p for p in ROOTED if len(p) == 1)
    }
    for command in COMMANDS:
        assert first_lines[command.name].startswith(command.help.rstrip(".")), command.name


@pytest.mark.parametrize("path", ROOTED, ids=lambda path: " ".join(path) or "paysim")
def test_help_fits_and_has_examples(paysim: Paysim, path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    outcome = paysim(*path, "--help")
    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert "..." not in outcome.out.split("Commands:\n")[-1] or "Commands:" not in outcome.out
    shown = [line.strip() for line in outcome.out.split("Example")[1].splitlines()[1:]]
    examples = examples_of(ROOTED[path])
    assert examples
    assert shown[: len(examples)] == examples
    if path:
        assert all(
            line.startswith(f"paysim {' '.join(path)} ") or line == f"paysim {' '.join(path)}" for line in examples
        )


@pytest.fixture
def checkout(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with scenarios, and a warehouse with modelled runs, which examples may change."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    database.parent.mkdir(parents=True)
    shutil.copyfile(modelled_warehouse(), database)
    with duckdb.connect(str(database)) as connection:
        # Examples name scenarios of the folder; the warehouse has a run that nobody names.
        connection.execute("update raw.simulations set scenario = 'baseline' where simulation_id = 'policies'")
    monkeypatch.setenv("PAYSIM_SCENARIOS", str(folder / "scenarios"))
    monkeypatch.setenv("PAYSIM_PUBLISHED", str(tmp_path / "published.duckdb"))
    monkeypatch.chdir(folder)
    return folder


def words_of(line: str) -> list[str]:
    """The words of a command line up to what is the shell's own, names of files unfolded."""
    words: list[str] = []
    for word in shlex.split(line):
        if word in ("|", ">"):
            break
        words += sorted(glob(word)) if "*" in word else [word]
    return words


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_work(paysim: Paysim, checkout: Path, line: str) -> None:
    program, *arguments = words_of(line)
    assert program == "paysim"
    outcome = paysim(*arguments)
    assert outcome.code == 0, outcome.err


def test_examples_are_found_in_a_text() -> None:
    text = "Does this.\n\nIt is so.\n\nExample: paysim fly --high\n    --far\n\nExample: paysim land"
    assert examples_in(text) == ["paysim fly --high --far", "paysim land"]
