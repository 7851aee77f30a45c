"""How `run` and `replay` show what happened: the two modes and the filters, as options.

Belongs here: the options, what they mean together, and running a display. Does not belong here: when an event matches
(`display.filters`), or what a line looks like.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from paysim_pipeline.cli import completion
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError

if TYPE_CHECKING:
    from paysim_pipeline.display.filters import EventFilter
    from paysim_pipeline.display.source import Source

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Report everything that happens, tick by tick.")]
EventStream = Annotated[
    bool, typer.Option("--event-stream", help="Print every event as a line of JSON; the last line is metadata.")
]
EventTypes = Annotated[
    list[str] | None,
    typer.Option(
        "--filter-event-type",
        metavar="TYPE",
        autocompletion=completion.event_types,
        help="Only events of this type; several separated by commas, or the option several times.",
    ),
]
Agent = Annotated[
    str | None,
    typer.Option(
        "--filter-agent",
        metavar="AGENT",
        autocompletion=completion.agents,
        help="Only what concerns this agent.",
    ),
]
Payment = Annotated[
    str | None, typer.Option("--filter-tx", metavar="TX", help="Only what concerns this payment, such as tx_00000012.")
]
Ticks = Annotated[
    str | None,
    typer.Option("--filter-tick-range", metavar="A-B", help="Only these ticks: A-B, from A-, up to -B, or A."),
]

_RANGE: Final = re.compile(r"(?P<only>\d+)|(?P<first>\d*)-(?P<last>\d*)", re.ASCII)
_FORMER: Final = {"Settlement": "RtgsImmediateSettlement", "RtgsQueue2Settle": "Queue2LiquidityRelease"}
"""Names that event types had before (07 §2.8)."""


@dataclass(frozen=True)
class Display:
    """What is to be shown.

    Attributes:
        verbose: the report for people.
        event_stream: the events for programs.
        chosen: which events; only with one of the two.
    """

    verbose: bool
    event_stream: bool
    chosen: "EventFilter"

    @property
    def wanted(self) -> bool:
        """Whether anything is to be shown besides a summary."""
        return self.verbose or self.event_stream


def display_of(
    verbose: bool,
    event_stream: bool,
    event_types: list[str] | None,
    agent: str | None,
    tx_id: str | None,
    ticks: str | None,
    *,
    as_json: bool,
) -> Display:
    """What the options ask for.

    Raises:
        CommandError: they make no sense, alone or together.
    """
    from paysim_pipeline.display.filters import EventFilter

    if verbose and event_stream:
        raise CommandError("--verbose and --event-stream both print to standard output: choose one", BAD_USAGE)
    if as_json and (verbose or event_stream):
        mode = "--verbose" if verbose else "--event-stream"
        raise CommandError(f"--json and {mode} both print to standard output: choose one", BAD_USAGE)
    given = {
        "--filter-event-type": event_types,
        "--filter-agent": agent,
        "--filter-tx": tx_id,
        "--filter-tick-range": ticks,
    }
    used = [option for option, value in given.items() if value]
    if used and not (verbose or event_stream):
        raise CommandError(
            f"{', '.join(used)}: a filter needs --verbose or --event-stream, which show events", BAD_USAGE
        )
    first, last = (None, None) if ticks is None else _tick_range(ticks)
    types = frozenset(known_types("--filter-event-type", event_types or []))
    chosen = EventFilter(types, agent, payment_id("--filter-tx", tx_id), first, last)
    return Display(verbose, event_stream, chosen)


def known_types(option: str, given: Iterable[str]) -> list[str]:
    """The types of events that an option names, each value perhaps several of them with commas between.

    Args:
        option: how it is called.
        given: its values; names that types had before stand for the present ones.

    Raises:
        CommandError: there is no such type; the message names the nearest.
    """
    from paysim_engine.record.schema import EVENT_CODE
    from paysim_engine.wording import suggestion

    types = []
    for word in (word.strip() for words in given for word in words.split(",")):
        kind = _FORMER.get(word, word)
        if kind not in EVENT_CODE:
            hint = suggestion(word, list(EVENT_CODE), "event types")
            raise CommandError(f"{option}: there is no event type {word!r}. {hint}", BAD_USAGE)
        types.append(kind)
    return types


def payment_id(option: str, tx_id: str | None) -> str | None:
    """The value of an option that names a payment.

    Raises:
        CommandError: it has not the form of such an id.
    """
    if tx_id is not None and not re.fullmatch(r"tx_\d{8,}", tx_id, re.ASCII):
        raise CommandError(f"{option}: {tx_id!r} is not the id of a payment, such as tx_00000012", BAD_USAGE)
    return tx_id


def _tick_range(given: str) -> tuple[int | None, int | None]:
    found = _RANGE.fullmatch(given.strip())
    if found is None or given.strip() == "-":
        raise CommandError(
            f"--filter-tick-range: {given!r} is not a range of ticks; write 10-20, 10-, -20, or 10", BAD_USAGE
        )
    if found["only"]:
        return int(found["only"]), int(found["only"])
    first = int(found["first"]) if found["first"] else None
    last = int(found["last"]) if found["last"] else None
    if first is not None and last is not None and first > last:
        raise CommandError(f"--filter-tick-range: {given!r} ends before it begins; write {last}-{first}", BAD_USAGE)
    return first, last


def check_agent(chosen: "EventFilter", agent_ids: list[str]) -> None:
    """Refuse a filter for an agent that the run has not.

    Raises:
        CommandError: the message names the nearest one.
    """
    if chosen.agent is not None and chosen.agent not in agent_ids:
        from paysim_engine.wording import suggestion

        hint = suggestion(chosen.agent, agent_ids, "agents")
        raise CommandError(f"--filter-agent: there is no agent {chosen.agent!r} in this run. {hint}", BAD_USAGE)


def show(source: "Source", display: Display) -> bool:
    """Show a run on standard output; a live one is played to its end by this.

    Returns:
        Whether everything could be written; false if the reader of a pipe has gone.
    """
    from paysim_pipeline.display.report import report
    from paysim_pipeline.display.sink import Sink
    from paysim_pipeline.display.stream import stream

    shown = report if display.verbose else stream
    with Sink() as sink:
        for line in shown(source, display.chosen):
            sink.write(line)
            if sink.closed and not source.must_be_followed:
                break
    return not sink.closed
