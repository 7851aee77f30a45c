"""Runs whose process is gone: finding them out, so that nobody waits for them.

Belongs here: whether the process that works at a run is alive. Does not belong here: starting and ending runs, which is
Dagster's own affair, or what is done about a dead one (run monitoring, `dagster.yaml`).

As long as the server that started a run lives, Dagster notices at once when the run's process is gone. If all of it
ends together (the machine goes down, a container is stopped, `make dev` is killed), or a run was started from a command
line, nobody notices: the run is "started" for good, takes one of the places that runs have, and keeps its slot of the
pool, for which every later run waits. `dagster.yaml` names this class:

    run_launcher:
      module: paysim_pipeline.run_launcher
      class: WatchingRunLauncher
      config: {}
"""

import os
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus

_PROC: Final = Path("/proc")

_CLOCK: Final = 60.0
"""Seconds by which two ways to tell the time may differ."""


class WatchingRunLauncher(dg.DefaultRunLauncher):
    """Dagster's own launcher, which also says whether the process of a run is alive."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes: run monitoring asks for every run that is under way."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process that last said it works at a run is there; one that has said nothing yet may be."""
        events = self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        for entry in reversed(events):
            process = entry.get_dagster_event().engine_event_data.metadata.get("pid")
            if process is not None:
                number = int(str(process.value))
                if is_alive(number, entry.timestamp):
                    break
                gone = f"the process that worked at it ({number}) is gone; run it again"
                return CheckRunHealthResult(WorkerStatus.FAILED, gone)
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def is_alive(process: int, moment: float) -> bool:
    """Whether a process that was alive at a moment still is; its number may be another's by now.

    Args:
        process: its number on this machine.
        moment: seconds since 1970.
    """
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    began = _beginning(process)
    return began is None or began <= moment + _CLOCK


def _beginning(process: int) -> float | None:
    """When a process began, in seconds since 1970; None where the system does not say."""
    try:
        # The name, in parentheses, may hold anything; the beginning is the 20th word after it.
        ticks = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = (_PROC / "stat").read_text(encoding="utf-8").partition("\nbtime ")[2].split()
        return int(boot[0]) + int(ticks[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None
