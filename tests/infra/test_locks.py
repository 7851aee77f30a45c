"""The lock files: exact, hashed, free of addresses, and in step with pyproject.toml."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tools.lock import LOCKS, requirements

ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+))?(?P<hashes>( \\\n    --hash=\S+)*)$"
)


def entries(path: Path) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes of each package of a lock file; fails on any line that is something else."""
    text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#")).strip()
    found: dict[str, tuple[str, list[str]]] = {}
    for block in re.split(r"\n(?=\S)", text):
        match = ENTRY.match(block)
        assert match, f"not an exact requirement with hashes: {block[:80]!r}"
        found[canonicalize_name(match["name"])] = (match["version"], re.findall(r"--hash=(\S+)", match["hashes"]))
    return found


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    """The content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_hashes(name: str) -> None:
    for package, (_, hashes) in entries(ROOT / name).items():
        assert hashes, package
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), package


@pytest.mark.parametrize("name", LOCKS)
def test_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_satisfies_pyproject(name: str, pyproject: dict[str, Any]) -> None:
    locked = entries(ROOT / name)
    for text in requirements(pyproject, name):
        wanted = Requirement(text)
        version = locked[canonicalize_name(wanted.name)][0]
        assert version in wanted.specifier, f"{text} is locked at {version}: run `make lock`"


def test_packages_in_both_environments_that_meet_the_engine_are_the_same() -> None:
    """The engine is compiled against librt in one environment and runs with it in the other."""
    run, build = entries(ROOT / "constraints.txt"), entries(ROOT / "constraints-lint.txt")
    for package in ("librt", "mypy-extensions"):
        assert run[package] == build[package]
