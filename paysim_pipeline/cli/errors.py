"""From an exception to what a person reads: one message, no traceback, and the exit code.

Belongs here: which errors are the user's to act on, and the words for those that carry none of their own. Does not
belong here: the messages of our own errors, which are complete where they are raised.

Exit codes: 0 done, 1 the work failed, 2 bad usage, 130 interrupted.
"""

import os
import traceback
from typing import Final

FAILED: Final = 1
BAD_USAGE: Final = 2
INTERRUPTED: Final = 130

TRACEBACK: Final = "PAYSIM_TRACEBACK"
"""Environment variable: set it to 1 to see where an unexpected error came from."""

# By name, since importing the classes would load the libraries that quick commands do without.
_COMPLETE: Final = frozenset(
    {
        "paysim_engine.scenario.problems.ScenarioError",
        "paysim_engine.core.errors.SimulationError",
        "paysim_engine.bundle_format.BundleError",
        "paysim_pipeline.warehouse.errors.WarehouseError",
        "paysim_pipeline.cli.errors.CommandError",
    }
)


class CommandError(Exception):
    """A command cannot do its work. The message names what, why, and what to do.

    Args:
        message: the whole story.
        exit_code: `FAILED`, or `BAD_USAGE` if the command was called in a way that makes no sense.
    """

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def message_of(error: Exception) -> str:
    """What a person is told about `error`."""
    if any(f"{kind.__module__}.{kind.__qualname__}" in _COMPLETE for kind in type(error).__mro__):
        return str(error)
    if os.environ.get(TRACEBACK) == "1":
        return "".join(traceback.format_exception(error)).rstrip()
    if isinstance(error, MemoryError):
        return "there is not enough memory for this run; make the scenario smaller, or run it for fewer days"
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    return f"unexpected {type(error).__name__}: {error}. This is a defect; {TRACEBACK}=1 shows where it happened"
