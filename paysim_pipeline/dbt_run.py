"""Running dbt on behalf of Dagster: quick to start, and cleanly gone.

Belongs here: one call of dbt in a process of its own, and what it reports. Does not belong here: what it is asked for
(`dbt_args`), or what becomes of its reports (`defs.models`).

The process is forked: dbt takes longer to import (1.2 s) than to build many a model, and the process of a Dagster run
has imported it already. The project comes as a manifest that was parsed beforehand: other variables, as every set of
scenarios has them, would make dbt parse the whole project anew (2 s). What dbt holds of the warehouse file goes with
the process; run in this one it would keep the file open.

A fork copies the locks of other threads as they are. The child uses none of theirs: Python resets its own, DuckDB and
Arrow have nothing open at that moment, and Dagster's database is not touched.
"""

import gc
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from paysim_pipeline.dbt_files import DBT_PROJECT, DbtError, parsed_project

_GRACE: Final = 25.0
"""Seconds that an interrupted dbt has for cancelling its query."""

_RESULTS: Final = frozenset({"LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult"})

_ERRORS: Final = frozenset(
    {"RunResultError", "MainEncounteredError", "GenericExceptionOnRun", "CatchableExceptionOnRun"}
)
"""Log events that say why something could not be built."""


@dataclass
class DbtCall:
    """What came of a call.

    Attributes:
        arguments: what dbt was asked for.
        results: the structured log events of finished models and tests, in the order in which they finished.
        errors: what dbt had to say about failures, in its own words.
        ok: whether everything was built and every test passed.
    """

    arguments: Sequence[str]
    results: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ok: bool = False


def in_parts(names: Sequence[str], call: Callable[[Sequence[str]], DbtCall]) -> list[tuple[Sequence[str], DbtCall]]:
    """Call dbt for scenarios; if that fails, find out for which of them.

    Halves are called, and halves of halves, as long as something fails: of many scenarios one that fails is found in
    twice as many calls as the number has binary digits. If more fail than four such searches would find, the fault is
    not in single scenarios, and what has not been told apart by then counts as failed.

    Args:
        names: scenarios, at least one.
        call: makes one call about some of them.

    Returns:
        The last call about each of the scenarios, with the scenarios that it was about, in their order.
    """
    left = 4 * 2 * len(names).bit_length()

    def tried(part: Sequence[str]) -> list[tuple[Sequence[str], DbtCall]]:
        nonlocal left
        left -= 1
        outcome = call(part)
        if outcome.ok or len(part) == 1 or left <= 0:
            return [(part, outcome)]
        middle = len(part) // 2
        return tried(part[:middle]) + tried(part[middle:])

    return tried(names)


def run_dbt(
    arguments: Sequence[str], database: Path, target: Path, environment: Mapping[str, str] | None = None
) -> DbtCall:
    """Call dbt and wait for it; what it prints goes where this process's output goes.

    Args:
        arguments: the command line after `dbt`.
        database: the file of the warehouse.
        target: folder for what dbt writes.
        environment: variables that dbt is to see besides this process's.

    Raises:
        DbtError: the project cannot be parsed.
    """
    project = parsed_project(database)
    variables = {"PAYSIM_DB": str(database), **(environment or {})}
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    sys.stdout.flush()
    sys.stderr.flush()
    child = context.Process(
        target=_child, args=(theirs, list(arguments), target, variables, project), name="dbt", daemon=True
    )
    child.start()
    theirs.close()
    call = DbtCall(arguments)
    try:
        for message in _messages(ours):
            if message["kind"] == "result":
                call.results.append(message["event"])
            elif message["kind"] == "error":
                call.errors.append(message["text"])
            else:
                call.ok = message["ok"]
        child.join()
    except BaseException:
        _end(child)
        raise
    finally:
        ours.close()
    if not call.ok and not call.errors and not call.results:
        call.errors.append(f"dbt ended with exit code {child.exitcode} and without a word")
    return call


def _messages(connection: Connection) -> Iterator[dict[str, Any]]:
    with suppress(EOFError):
        while True:
            yield json.loads(connection.recv_bytes())


def _end(child: Any) -> None:
    """Let dbt cancel what it is at, and make sure that it is gone."""
    if child.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGINT)
    child.join(_GRACE)
    if child.is_alive():
        child.kill()
        child.join()


def _child(
    connection: Connection, arguments: list[str], target: Path, environment: dict[str, str], project: bytes
) -> None:
    # Nothing of the parent's is to be collected, and thereby closed, here.
    gc.freeze()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_follow_parent, daemon=True).start()
    os.environ.update(environment)
    os.chdir(DBT_PROJECT)
    lock = threading.Lock()

    def send(message: dict[str, Any]) -> None:
        with lock:
            connection.send_bytes(json.dumps(message, default=str).encode())

    try:
        from dbt.cli.main import dbtRunner
        from dbt.contracts.graph.manifest import Manifest
        from dbt.parser.manifest import extended_mashumuro_decoder
        from dbt_common.events.functions import msg_to_dict

        def report(event: Any) -> None:
            if event.info.name in _RESULTS:
                send({"kind": "result", "event": msg_to_dict(event)})
            elif event.info.name in _ERRORS:
                send({"kind": "error", "text": event.info.msg})

        manifest = Manifest.from_msgpack(project, decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()  # type: ignore[no-untyped-call]
        # Neither artefacts nor a log file: what would be in them Dagster stores.
        flags = ["--no-write-json", "--no-use-colors", "--target-path", str(target)]
        flags += ["--log-path", str(target), "--log-level-file", "none"]
        places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        command, *rest = arguments
        outcome = dbtRunner(manifest=manifest, callbacks=[report]).invoke([command, *rest, *places, *flags])
        if outcome.exception is not None:
            send({"kind": "error", "text": str(outcome.exception)})
        send({"kind": "end", "ok": bool(outcome.success)})
    except BaseException as error:
        with suppress(OSError):
            send({"kind": "error", "text": f"{type(error).__name__}: {error}"})
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _follow_parent() -> None:
    """End this process when the one that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(_GRACE)
        os._exit(1)


__all__ = ["DbtCall", "DbtError", "run_dbt"]
