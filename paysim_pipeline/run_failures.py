"""Why a run of Dagster failed, in plain words.

Belongs here: from the events and tags of a run to a sentence. Does not belong here: who is told (`defs.automation`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg

_PARTITION = "dagster/partition"
_FIRST = "dagster/asset_partition_range_start"
_LAST = "dagster/asset_partition_range_end"
_DEATH = "Run execution process for "
"""In the message by which Dagster says what became of a process; that of the run's failure says nothing of it."""


def scenarios_of(tags: Mapping[str, str]) -> str:
    """Which scenarios a run was over, from its tags."""
    if partition := tags.get(_PARTITION):
        return f"scenario {partition}"
    first, last = tags.get(_FIRST), tags.get(_LAST)
    if first and last:
        return f"scenario {first}" if first == last else f"scenarios {first} to {last}"
    return "all scenarios"


def first_error(events: "Sequence[dg.DagsterEvent]", otherwise: str | None) -> str:
    """The first failure of a run's steps, as whoever raised it put it.

    Args:
        events: the failures of steps, in order.
        otherwise: what Dagster says of the run, for one that ended without a failed step, such as a killed one.
    """
    for event in events:
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return f"{event.step_key}: {data.user_failure_data.description}"
        if data.error is not None:
            # The cause is what a person wrote; what stands around it says where Dagster was at the time.
            error = data.error.cause or data.error
            return f"{event.step_key}: {error.message.strip()}"
    return otherwise or "the run ended without a failed step; its process may have been killed"


def death(events: "Sequence[dg.EventLogEntry]") -> str | None:
    """How the process of a run came to its end, as Dagster's server saw it; None if it did not die.

    Args:
        events: all engine events of the run.
    """
    messages = (event.dagster_event.message or "" for event in events if event.dagster_event is not None)
    # Before it stands in brackets who says it.
    return next((message[message.index(_DEATH) :] for message in messages if _DEATH in message), None)


def failure_words(run: "dg.DagsterRun", events: "Sequence[dg.DagsterEvent]", otherwise: str | None) -> str:
    """A run's failure: the job, its scenarios, and the first error.

    Args:
        run: the failed run.
        events: the failures of its steps, in order.
        otherwise: what Dagster says of the run as a whole.
    """
    return f"{run.job_name} failed for {scenarios_of(run.tags)}: {first_error(events, otherwise)}"
