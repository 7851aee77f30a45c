"""What it takes to call dbt: the project, a manifest that is up to date, the warehouse to oneself.

Belongs here: paths, the dbt program, parsing when a file has changed, taking the writer's lock on dbt's behalf. Does
not belong here: what dbt is asked for (`dbt_args`).
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from paysim_pipeline.settings import PROJECT_ROOT, Settings

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
"""The folder of the dbt project."""

PARSED = "partial_parse.msgpack"
"""The parsed project in dbt's own form, beside the manifest."""

HAS_TURN = "PAYSIM_WAREHOUSE_TURN"
"""Environment variable by which dbt learns that its caller has the writer's lock (`held`); it would wait for it."""

_SOURCES = ("models", "macros", "tests", "seeds", "snapshots", "dbt_project.yml", "profiles.yml")


class DbtError(Exception):
    """dbt cannot do its work; the message holds its own words."""


def dbt_program() -> str:
    """The dbt of the environment that runs this process, whether or not it is activated."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def manifest(database: Path) -> Path:
    """The manifest of the dbt project, parsed anew if a file of the project is newer.

    It stands in a folder of its own: who runs dbt by hand rewrites `target/manifest.json` while somebody may be reading
    it. And in one for each name that a warehouse may have, since that is the name of the database in all its queries,
    and for each version of dbt, which reads its own files only.

    Args:
        database: the file of the warehouse.

    Raises:
        DbtError: the project cannot be parsed.
    """
    folder = DBT_PROJECT / "target" / "pipeline" / f"{version('dbt-core')}-{database.stem}"
    path = folder / "manifest.json"
    if not _is_current(path):
        folder.mkdir(parents=True, exist_ok=True)
        # Several Dagster processes load the definitions at once: one parses, the others wait for it.
        with FileLock(folder / "parse.lock"):
            if not _is_current(path):
                _parse(path, database)
    return path


def parsed_project(database: Path) -> bytes:
    """The parsed project in dbt's own form, up to date, from which dbt starts without reading it again.

    Args:
        database: the file of the warehouse.

    Raises:
        DbtError: the project cannot be parsed.
    """
    return manifest(database).with_name(PARSED).read_bytes()


def manifest_for_dagster(database: Path) -> dict[str, Any]:
    """The manifest, with every test attached to one model, so that Dagster shows all of them as checks.

    Args:
        database: the file of the warehouse.

    Raises:
        DbtError: the project cannot be parsed.
    """
    content: dict[str, Any] = json.loads(manifest(database).read_text(encoding="utf-8"))
    attach_tests(content)
    return content


def attach_tests(content: dict[str, Any]) -> None:
    """Attach each test over several models to the one furthest down the graph; dbt attaches it to none.

    Args:
        content: a manifest; changed in place.
    """
    places = {node: place for place, node in enumerate(in_order(content))}
    for node in content["nodes"].values():
        if node["resource_type"] == "test" and not node.get("attached_node"):
            models = [parent for parent in node["depends_on"]["nodes"] if parent.startswith("model.")]
            if models:
                node["attached_node"] = max(models, key=lambda model: places[model])


def in_order(content: dict[str, Any]) -> list[str]:
    """The ids of all nodes of a manifest, those further down the graph later, and by id where that leaves a choice."""

    @cache
    def depth(node: str) -> int:
        return 1 + max((depth(parent) for parent in content["parent_map"].get(node, ())), default=0)

    return sorted(content["nodes"], key=lambda node: (depth(node), node))


@contextmanager
def warehouse_turn(settings: Settings) -> Iterator[None]:
    """Hold the lock of the warehouse's writer while dbt, which knows nothing of it, has the file.

    Raises:
        DbtError: another process has been writing for longer than the timeout.
    """
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.lock_file, timeout=settings.lock_timeout):
            yield
    except Timeout:
        raise DbtError(
            f"{settings.database}: another paysim process has been writing it for {settings.lock_timeout:g} s; wait "
            "for it to end and run it again"
        ) from None


def _is_current(path: Path) -> bool:
    if not path.exists():
        return False
    written = path.stat().st_mtime
    sources = [DBT_PROJECT / name for name in _SOURCES]
    files = [path for source in sources for path in ([source] if source.is_file() else source.rglob("*"))]
    # Folders count too: their time tells of a file that was removed.
    return all(path.stat().st_mtime <= written for path in [*files, *sources] if path.exists())


def _parse(path: Path, database: Path) -> None:
    # Written aside: a reader finds the old files or the new ones, whenever it comes.
    unfinished = path.with_name("unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    if path.with_name(PARSED).exists():
        # So that dbt reads only what has changed.
        shutil.copy(path.with_name(PARSED), unfinished)
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--log-path", str(path.parent)]
    command = [dbt_program(), "--quiet", "parse", *places, "--target-path", str(unfinished)]
    environment = {**os.environ, "PAYSIM_DB": str(database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    # What is changed while dbt reads is parsed again the next time.
    began = time.time_ns()
    try:
        result = subprocess.run(command, cwd=DBT_PROJECT, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise DbtError(f"{command[0]}: dbt is not installed; run 'make build'") from None
    if result.returncode != 0:
        raise DbtError(f"{DBT_PROJECT}: dbt cannot parse the project:\n{result.stdout}{result.stderr}".rstrip())
    # The manifest last: its time says whether both are up to date.
    for name in (PARSED, path.name):
        os.utime(unfinished / name, ns=(began, began))
        (unfinished / name).replace(path.with_name(name))
