"""Finding events: which numbers of events fit a set of filters.

Belongs here: filters on the raw families, whose rows are narrow and numbered, so that a page out of millions of events
is found without making the JSON of all of them. Does not belong here: what an event says (`events`, from the mart).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from paysim_engine.record.schema import EVENT_CODE, EVENT_TYPES, FAMILIES
from paysim_pipeline.warehouse.queries_base import conditions, rows

_TX = re.compile(r"tx_([0-9]{1,18})")
_NOBODY = -1
"""The number of an agent or a payment that is not there: no row has it."""

_NAMES_RECEIVER = ", ".join(
    str(EVENT_CODE[event.name]) for event in EVENT_TYPES if any(field.name == "receiver_id" for field in event.fields)
)
"""Types whose details have a `receiver_id`; others name the receiver in another way or not at all."""

_OWNER_COLUMNS = {
    "payment": ("agent_no", "tx_no"),
    "policy": ("agent_no", "tx_no"),
    "liquidity": ("agent_no", None),
    "cost": ("agent_no", None),
    "netting": (None, None),
    "system": (None, None),
}
"""Family -> columns of the one agent and the one payment that an event is about, as in the mart."""

_TAKES_PART = {
    "payment": "agent_no = $party or counterparty_no = $party",
    "policy": "agent_no = $party",
    "liquidity": "agent_no = $party",
    "cost": "agent_no = $party",
    "netting": "agent_no = $party or counterparty_no = $party or list_contains(agent_nos, $party)",
    "system": "list_contains([details ->> '$.from_agent', details ->> '$.to_agent', details ->> '$.agent', "
    "details ->> '$.counterparty'], $party_id)",
}
"""Family -> whether an agent takes part in an event, in any role."""

_NAMES_PAYMENT = {
    "payment": "tx_no = $payment or parent_tx_no = $payment",
    "policy": "tx_no = $payment or (first_child_tx_no <= $payment and first_child_tx_no + num_splits > $payment)",
    "liquidity": "list_contains(tx_nos, $payment)",
    "cost": "false",
    "netting": "list_contains(tx_nos, $payment) or incoming_tx_no = $payment",
    "system": "details ->> '$.tx_id' = $payment_id",
}
"""Family -> whether an event names a payment, in any role."""


@dataclass(frozen=True)
class EventFilter:
    """What is asked of events; all of it must hold.

    Attributes:
        tick: exactly this tick.
        tick_min: this tick or later.
        tick_max: this tick or earlier.
        day: ticks of this day.
        types: one of these names.
        owner: the agent that the event is about, as the mart has it.
        owner_or_receiver: the same, or the `receiver_id` in its details.
        party: an agent that takes part in any role, netting and transfers included.
        tx: the payment that the event is about, as the mart has it.
        payment: a payment that it names in any role: netted, split, a child, credited.
    """

    tick: int | None = None
    tick_min: int | None = None
    tick_max: int | None = None
    day: int | None = None
    types: Sequence[str] | None = None
    owner: str | None = None
    owner_or_receiver: str | None = None
    party: str | None = None
    tx: str | None = None
    payment: str | None = None


def count_events(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, ticks_per_day: int, wanted: EventFilter
) -> int:
    """How many events of a run fit."""
    sql, values = _selection(connection, simulation_id, ticks_per_day, wanted)
    return int(rows(connection, f"select count(*) from ({sql})", values)[0][0])


def find_events(
    connection: duckdb.DuckDBPyConnection,
    simulation_id: str,
    ticks_per_day: int,
    wanted: EventFilter,
    *,
    limit: int,
    offset: int,
    latest_first: bool = False,
) -> list[int]:
    """Numbers of the events of a run that fit, in order, a page of them."""
    sql, values = _selection(connection, simulation_id, ticks_per_day, wanted)
    order = "desc" if latest_first else "asc"
    found = rows(
        connection,
        f"select event_seq from ({sql}) order by event_seq {order} limit $limit offset $offset",
        {**values, "limit": limit, "offset": offset},
    )
    return [row[0] for row in found]


def _selection(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, ticks_per_day: int, wanted: EventFilter
) -> tuple[str, dict[str, Any]]:
    """The statement that gives the fitting `event_seq`, and its values."""
    values: dict[str, Any] = {"run": simulation_id}
    codes = None if wanted.types is None else {EVENT_CODE[name] for name in wanted.types if name in EVENT_CODE}
    families = []
    for family in FAMILIES:
        own_codes = sorted(code for code in codes or () if EVENT_TYPES[code].family == family)
        if codes is not None and not own_codes:
            continue
        clauses = ["simulation_id = $run", *_clauses(family, wanted, ticks_per_day)]
        if own_codes:
            clauses.append(f"event_type in ({', '.join(map(str, own_codes))})")
        families.append(f"select event_seq from raw.{family}_events where {conditions(clauses)}")
    sql = " union all ".join(families) or "select null::bigint as event_seq where $run is null"
    everything = {**values, **_values(connection, simulation_id, wanted)}
    return sql, {name: value for name, value in everything.items() if re.search(rf"\${name}\b", sql)}


def _clauses(family: str, wanted: EventFilter, ticks_per_day: int) -> list[str]:
    agent, payment = _OWNER_COLUMNS[family]
    clauses = []
    if wanted.tick is not None:
        clauses.append("tick = $tick")
    if wanted.tick_min is not None:
        clauses.append("tick >= $tick_min")
    if wanted.tick_max is not None:
        clauses.append("tick <= $tick_max")
    if wanted.day is not None:
        clauses.append(f"tick // {int(ticks_per_day)} = $day")
    if wanted.owner is not None:
        clauses.append(f"{agent} = $owner" if agent else "false")
    if wanted.owner_or_receiver is not None:
        receives = f"counterparty_no = $agent and event_type in ({_NAMES_RECEIVER})" if family == "payment" else "false"
        clauses.append(f"{agent} = $agent or ({receives})" if agent else "false")
    if wanted.party is not None:
        clauses.append(_TAKES_PART[family])
    if wanted.tx is not None:
        clauses.append(f"{payment} = $tx" if payment else "false")
    if wanted.payment is not None:
        clauses.append(_NAMES_PAYMENT[family])
    return clauses


def _values(connection: duckdb.DuckDBPyConnection, simulation_id: str, wanted: EventFilter) -> dict[str, Any]:
    def agent_no(agent_id: str | None) -> int:
        found = rows(
            connection,
            "select agent_no from raw.agents where simulation_id = $run and agent_id = $agent",
            {"run": simulation_id, "agent": agent_id},
        )
        return int(found[0][0]) if found else _NOBODY

    return {
        "tick": wanted.tick,
        "tick_min": wanted.tick_min,
        "tick_max": wanted.tick_max,
        "day": wanted.day,
        "owner": None if wanted.owner is None else agent_no(wanted.owner),
        "agent": None if wanted.owner_or_receiver is None else agent_no(wanted.owner_or_receiver),
        "party": None if wanted.party is None else agent_no(wanted.party),
        "party_id": wanted.party,
        "tx": None if wanted.tx is None else _tx_no(wanted.tx),
        "payment": None if wanted.payment is None else _tx_no(wanted.payment),
        "payment_id": wanted.payment,
    }


def _tx_no(tx_id: str) -> int:
    match = _TX.fullmatch(tx_id)
    # `tx_1` is not the id of payment 1, and must not find it.
    return int(match[1]) if match and tx_id == f"tx_{int(match[1]):08d}" else _NOBODY
