"""The page on queries does what it says."""

import re
import shlex
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.cli.main import execute
from paysim_pipeline.warehouse import queries
from tests.conftest import ROOT
from tests.support.modelled import modelled_warehouse

PAGE = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found


@pytest.fixture(autouse=True)
def _warehouse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PAYSIM_DB", str(modelled_warehouse()))
    monkeypatch.setenv("PAYSIM_PUBLISHED", str(tmp_path / "paysim.duckdb"))


@pytest.mark.parametrize("block", blocks("python"))
def test_python(block: str) -> None:
    exec(compile(block, "docs/queries.md", "exec"), {})


@pytest.mark.parametrize("block", blocks("sql"))
def test_sql(block: str) -> None:
    with duckdb.connect(str(modelled_warehouse()), read_only=True) as connection:
        assert connection.execute(block).fetchall()


def commands() -> list[tuple[str, list[str]]]:
    """Command lines, each with the lines that are shown of what it prints."""
    found: list[tuple[str, list[str]]] = []
    for line in "".join(blocks("console")).splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        elif line != "…":
            found[-1][1].append(line)
    return found


@pytest.mark.parametrize(("command", "shown"), commands(), ids=[command for command, _ in commands()])
def test_commands(capsys: pytest.CaptureFixture[str], command: str, shown: list[str]) -> None:
    program, *arguments = shlex.split(command)
    assert program == "paysim"
    assert execute(arguments) == 0
    # What stands behind an ellipsis, and how wide columns are, is not on the page.
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in shown:
        start = " ".join(line.removesuffix("…").split())
        assert [found for found in printed if found == start or (line.endswith("…") and found.startswith(start))]


def test_every_function_is_on_the_page() -> None:
    names = {name for name in queries.__all__ if name[0].islower() and name != "has_models"}
    table = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert set(re.findall(r"`(\w+)`", "\n".join(table))) == names
