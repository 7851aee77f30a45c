"""Events in their flat form (07 §1.1) back into the engine's packed columns.

Belongs here: reading one flat event, with the checks that outside data needs. Does not belong here: what the fields
are (`record.schema`), or where the rows go. Whoever hands events over one by one, such as a persistence provider,
becomes by this the same kind of source as a simulation: a recorder to drain.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core import codes
from paysim_engine.record.recorder import Recorder
from paysim_engine.record.schema import CODES, EVENT_TYPES, EventType, Field


class FlatEventError(ValueError):
    """An event is not one of the catalogue, or a value of it is missing, impossible or contradictory."""


class FlatReader:
    """Reads flat events into a recorder.

    Hidden fields (stored, but not part of the flat form) are taken where an event has them and worked out where it
    has not: the children of a split from their ids and eligible ticks, the amounts of an entry offset from the
    payments' arrivals. The gap of a staggered split follows from its eligible ticks, as the engine records it
    (`core.splits.effective_gap`).

    Args:
        agent_ids: every agent of the run, in any order; numbers follow the ascending ids.

    Attributes:
        recorder: holds what has been read and not yet drained.
    """

    def __init__(self, agent_ids: Iterable[str]) -> None:
        self.agent_ids = sorted(agent_ids)
        self.recorder = Recorder()
        self._agents = {agent: number for number, agent in enumerate(self.agent_ids)}
        self._types = {event.name: event for event in EVENT_TYPES}
        self._codes = {kind: {word: number for number, word in enumerate(words)} for kind, words in CODES.items()}
        self._amounts: dict[str, int] = {}

    def read(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Read events; each has the `event_seq` of its own (D3).

        Raises:
            FlatEventError: with the number of the event, the field, the value and what is expected. Events before it
                have been read.
        """
        for event in events:
            self._read(event)

    def _read(self, event: Mapping[str, Any]) -> None:
        kind = self._types.get(str(event.get("event_type")))
        if kind is None:
            raise FlatEventError(f"event {event.get('event_seq')}: unknown event type {event.get('event_type')!r}")
        arguments: dict[str, Any] = {}
        name = ""
        try:
            for name in ("event_seq", "tick"):
                _integer(event[name])
            name = "costs"
            values = _complete(event, self._amounts)
            for field in kind.stored:
                name = field.name
                arguments |= self._arguments(field, values.get(name) if field.null else values[name])
        except KeyError:
            raise FlatEventError(f"{_where(event)}: the field {name} is missing") from None
        except (TypeError, ValueError) as error:
            raise FlatEventError(f"{_where(event)}: {name}: {error}") from None
        _check_derived(kind, event, arguments)
        if kind.name == "Arrival":
            self._amounts[event["tx_id"]] = arguments["amount"]
        self.recorder.seq = event["event_seq"]
        self.recorder.tick = event["tick"]
        method: Callable[..., None] = getattr(self.recorder, kind.method)
        method(**arguments)

    def _arguments(self, field: Field, value: Any) -> dict[str, Any]:
        """The recorder's arguments for one field."""
        if field.kind.endswith("_list"):
            item = field.kind.removesuffix("_list")
            given = [] if value is None and field.null else value
            numbers: dict[str, Any] = {field.column: vec[i64]([int(self._item(item, v)) for v in given])}
            return numbers | {f"has_{field.column}": value is not None} if field.null else numbers
        # The agent with the largest net outflow is an empty text where there is none (07 §2.5).
        if field.null and (value is None or value == ""):
            return {field.column: codes.NULL}
        return {field.column: self._item(field.kind, value)}

    def _item(self, kind: str, value: Any) -> int | float:
        """One value as the number it is recorded as."""
        if kind == "tx":
            return payment_number(value)
        if kind == "agent":
            return _known(self._agents, value, "agent")
        if kind in self._codes:
            return _known(self._codes[kind], value, kind)
        if kind == "text":
            if not isinstance(value, str):
                raise TypeError(f"{value!r} is not a text")
            return self.recorder.text(value)
        if kind == "json":
            return self.recorder.text(_json(value))
        if kind == "float":
            return float(value)
        if kind == "bool":
            if not isinstance(value, bool):
                raise TypeError(f"{value!r} is neither true nor false")
            return int(value)
        return _integer(value)


def payment_number(tx_id: object) -> int:
    """The number in a payment's id, `tx_%08d` (D1).

    Raises:
        ValueError: it is not such an id.
    """
    text = str(tx_id)
    digits = text.removeprefix("tx_")
    if not (digits.isascii() and digits.isdecimal()) or text != f"tx_{int(digits):08d}":
        raise ValueError(f"{tx_id!r} is not the id of a payment (tx_00000000)")
    return int(digits)


def _json(value: Any) -> str:
    """A JSON object as the engine writes it down."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _known(numbers: dict[str, int], value: Any, what: str) -> int:
    number = numbers.get(value) if isinstance(value, str) else None
    if number is None:
        raise ValueError(f"unknown {what} {value!r}")
    return number


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not an integer")
    if not codes.NULL < value < 2**63:
        raise ValueError(f"{value} does not fit 64 bits")
    return value


def _where(event: Mapping[str, Any]) -> str:
    return f"event {event.get('event_seq')} ({event.get('event_type')}, tick {event.get('tick')})"


def _complete(event: Mapping[str, Any], amounts: Mapping[str, int]) -> Mapping[str, Any]:
    """An event as the catalogue has it: one level, and with its hidden fields where they can be worked out."""
    if event["event_type"] == "CostAccrual":
        return {**event, **event["costs"]}
    hidden: dict[str, Any] = {}
    if event["event_type"] == "PolicySplit" and event.get("child_ids"):
        eligible: Sequence[int | None] = event.get("eligible_ticks") or [None] * len(event["child_ids"])
        waiting = [tick for tick in eligible if tick is not None]
        hidden["first_child"] = event["child_ids"][0]
        hidden["num_immediate"] = len(eligible) - len(waiting)
        hidden["stagger_gap_ticks"] = _gap(waiting, event["tick"])
    elif event["event_type"] == "EntryDispositionOffset":
        known = [amounts.get(tx_id) for tx_id in event.get("queued_tx_ids", ())]
        if None not in known:
            hidden["tx_amounts"] = known
    else:
        return event
    return {**hidden, **event}


def _gap(waiting: Sequence[int], tick: int) -> int:
    """The gap between children that become eligible at these ticks (D17)."""
    if not waiting:
        return 0
    next_tick = waiting[0] == tick + 1
    return 0 if next_tick and len(waiting) > 1 and waiting[1] == waiting[0] else waiting[0] - tick


def _check_derived(kind: EventType, event: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """Fields that are not stored must follow from those that are."""
    for field in kind.fields:
        if not field.derive or field.name not in event:
            continue
        words = field.derive.split()
        terms = [event["tick"] if word == "tick" else arguments[word] for word in words[::2]]
        signs = [1] + [-1 if word == "-" else 1 for word in words[1::2]]
        total = sum(sign * term for sign, term in zip(signs, terms, strict=True))
        if event[field.name] != total:
            raise FlatEventError(f"{_where(event)}: {field.name} is {event[field.name]}, but {field.derive} is {total}")
