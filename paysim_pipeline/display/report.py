"""The report of a run, tick by tick (11 §2), for people.

Belongs here: the layout, and what is shown besides events: accounts at the end of ticks, what a day and the run came
to. Does not belong here: the words for an event (`describe`), or where the lines go (`sink`).

Everything that happened is shown in the order in which it happened, every event with its number: nothing is left out
but by a filter. A filter by agent shows that agent's accounts too; one by type or payment shows events only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from paysim_pipeline.cli.output import count, money, plural
from paysim_pipeline.display.describe import describe
from paysim_pipeline.display.filters import EventFilter, payments_of
from paysim_pipeline.display.rows import Row, name, signed
from paysim_pipeline.display.sections import DAY_END, DECISIONS, NETTING, SETTLEMENT, sections_of
from paysim_pipeline.display.source import Account, Payment, Run, Source, Tick
from paysim_pipeline.display.tables import columns
from paysim_pipeline.display.tally import Tally

PLAIN: Final = ""
TITLE: Final = "title"
TICK: Final = "tick"
SECTION: Final = "section"
ALARM: Final = "alarm"
"""What kinds of lines there are; a terminal shows them in different colours."""

_WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, without its end, and what kind of line it is."""

    text: str
    kind: str = PLAIN


def report(source: Source, chosen: EventFilter) -> Iterator[Line]:
    """The lines of the report.

    Args:
        source: the run.
        chosen: what to show of it.
    """
    yield from _Report(source, chosen).lines()


class _Report:
    """What the report has to remember from one tick to the next."""

    def __init__(self, source: Source, chosen: EventFilter) -> None:
        self._source = source
        self._run = source.run
        self._chosen = chosen
        self._payments: dict[str, Payment] = source.open_payments()
        self._accounts = source.opening_accounts()
        self._day, self._whole = Tally(), Tally()

    def lines(self) -> Iterator[Line]:
        source, run = self._source, self._run
        yield from _head(run)
        accounts = self._accounts
        complete = False
        for tick in source.ticks():
            yield from self._tick(tick)
            accounts = tick.accounts
            if (tick.number + 1) % run.ticks_per_day == 0:
                yield from self._day_end(tick)
            complete = tick.number == run.last_tick
        if complete and self._shows_all(0, run.last_tick):
            yield from self._end(accounts)

    def _shows_all(self, first: int, last: int) -> bool:
        """Whether every event from one tick to another is shown."""
        chosen, source = self._chosen, self._source
        shown = source.first_tick <= first and last <= source.last_tick
        return shown and chosen.everything and chosen.covers(first) and chosen.covers(last)

    # ---- a tick

    def _tick(self, tick: Tick) -> Iterator[Line]:
        for event in tick.events:
            if event["event_type"] == "Arrival":
                self._payments[event["tx_id"]] = Payment(event["sender_id"], event["receiver_id"], event["amount"])
            self._day.add(event)
            self._whole.add(event)
        if self._chosen.covers(tick.number):
            shown = [*self._events(tick), *self._changes(tick)]
            if shown:
                yield Line("")
                yield Line(f"── tick {tick.number}, day {tick.day} ".ljust(_WIDTH, "─"), TICK)
                yield from shown
        self._accounts = tick.accounts
        for event in tick.events:
            if event["event_type"] in _LAST_WORDS:
                for tx_id in payments_of(event):
                    self._payments.pop(tx_id, None)

    def _events(self, tick: Tick) -> Iterator[Line]:
        pairs = zip(sections_of(tick.events), tick.events, strict=True)
        chosen = ((section, event) for section, event in pairs if self._chosen.matches(event))
        for section, members in groupby(chosen, key=lambda pair: pair[0]):
            yield from _section(section, describe([event for _, event in members], self._payments))

    # ---- accounts

    def _changes(self, tick: Tick) -> Iterator[Line]:
        """The accounts that are not what they were a tick before."""
        if self._chosen.picks_events:
            return
        rows = []
        for agent, before, now in zip(self._run.agent_ids, self._accounts, tick.accounts, strict=True):
            if before != now and self._chosen.agent in (None, agent):
                rows.append(_changed(agent, before, now))
        if not rows:
            return
        words = f"{count(len(rows))} of {plural(len(self._run.agent_ids), 'agent')} changed"
        if self._chosen.agent is None:
            words += _queued(tick.accounts)
        yield Line(f"  Accounts at the end of the tick: {words}", SECTION)
        yield from _account_table(rows)

    def _day_end(self, tick: Tick) -> Iterator[Line]:
        first = tick.number - self._run.ticks_per_day + 1
        if self._run.num_days > 1 and self._shows_all(first, tick.number):
            yield Line("")
            yield Line(f"══ day {tick.day} in all ".ljust(_WIDTH, "═"), TICK)
            yield from _sums(self._day, tick.accounts)
        self._day = Tally()

    def _end(self, accounts: list[Account]) -> Iterator[Line]:
        yield Line("")
        yield Line("══ the whole run ".ljust(_WIDTH, "═"), TICK)
        yield from _sums(self._whole, accounts)
        opening = self._source.opening_accounts()
        pairs = zip(self._run.agent_ids, opening, accounts, strict=True)
        rows = [_changed(agent, before, now) for agent, before, now in pairs]
        yield Line("  Accounts at the end, and what changed since the opening", SECTION)
        yield from _account_table(rows)


_LAST_WORDS: Final = frozenset(
    {
        "RtgsImmediateSettlement",
        "Queue2LiquidityRelease",
        "EntryDispositionOffset",
        "LsmBilateralOffset",
        "LsmCycleSettlement",
        "LsmMultilateralSettlement",
        "PolicyDrop",
    }
)
"""After these a payment is not spoken of any more, but in the same tick."""

_ACCOUNT_HEAD: Final = ("agent", "balance", "change", "collateral", "Queue 1", "Queue 2")


def _head(run: Run) -> Iterator[Line]:
    days = plural(run.num_days, "day")
    ticks = plural(run.ticks_per_day, "tick")
    agents = plural(len(run.agent_ids), "agent")
    yield Line(f"{run.scenario}: {days} of {ticks}, {agents}, seed {run.seed}, {run.simulation_id}", TITLE)
    yield Line("Amounts are in units of the currency; #12 is the event with that number.")


def _section(title: str, rows: list[Row]) -> Iterator[Line]:
    totals = "" if title == DAY_END else f": {_totals(rows, always=title in _MIXED)}"
    yield Line(f"  {title}{totals}", SECTION)
    cells = [(_numbers(row.event_seqs), row.verb, row.payment, row.parties, row.amount, row.note) for row in rows]
    for row, text in zip(rows, columns(cells, "<<<<><"), strict=True):
        yield Line(f"    {text}", ALARM if row.alarming else PLAIN)
        for more in row.more:
            yield Line(f"        {more}")


def _numbers(seqs: tuple[int, int]) -> str:
    first, last = seqs
    return f"#{first}" if first == last else f"#{first}-{last}"


_MIXED: Final = frozenset({DECISIONS, SETTLEMENT, NETTING})
"""Sections whose title does not say what happened in them."""


def _totals(rows: list[Row], *, always: bool) -> str:
    """How many of what, and their value; without saying what, where all rows are alike, unless `always`."""
    parts = []
    verbs = dict.fromkeys(row.verb for row in rows)
    for verb in verbs:
        alike = [row for row in rows if row.verb == verb]
        values = [row.value for row in alike if row.value is not None]
        value = f" ({money(sum(values))})" if values else ""
        number = count(sum(row.number for row in alike))
        parts.append(f"{verb} {number}{value}" if always or len(verbs) > 1 else f"{number}{value}")
    return ", ".join(parts)


def _changed(agent: str, before: Account, now: Account) -> tuple[str, ...]:
    collateral = money(now.collateral) if before.collateral or now.collateral else ""
    return (
        name(agent),
        money(now.balance),
        signed(now.balance - before.balance) if now.balance != before.balance else "",
        collateral,
        _queue(now.queue1_size, now.queue1_value, before.queue1_size),
        _queue(now.queue2_size, now.queue2_value, before.queue2_size),
    )


def _account_table(rows: list[tuple[str, ...]]) -> Iterator[Line]:
    # A column without a figure has no heading either.
    head = tuple(title if any(row[i] for row in rows) else "" for i, title in enumerate(_ACCOUNT_HEAD))
    for text in columns([head, *rows], "<>>>>>"):
        yield Line(f"    {text}")


def _queue(size: int, value: int, before: int) -> str:
    if size:
        return f"{count(size)} ({money(value)})"
    return "empty" if before else ""


def _queued(accounts: list[Account]) -> str:
    """All payments in queues, in words that continue a sentence."""
    first = sum(account.queue1_size for account in accounts), sum(account.queue1_value for account in accounts)
    second = sum(account.queue2_size for account in accounts), sum(account.queue2_value for account in accounts)
    queues = (("Queue 1", *first), ("Queue 2", *second))
    return "".join(f"; {plural(size, 'payment')} in {queue} ({money(value)})" for queue, size, value in queues if size)


def _sums(tally: Tally, accounts: list[Account]) -> Iterator[Line]:
    rows = [*tally.rows(), ("queues", _queued(accounts).removeprefix("; ") or "empty")]
    for text in columns(rows, "<<"):
        yield Line(f"    {text}")
