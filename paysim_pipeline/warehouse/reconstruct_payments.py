"""Payments at the end of a tick, from the events up to then: where each is, what is left of it, and in which order.

Belongs here: places, remaining amounts, statuses, the order of both queues. Does not belong here: accounts
(`reconstruct_accounts`). Reads raw tables only, so that it proves what the models claim and needs no dbt.

What no event says is what the options of the scenario say: in priority mode Queue 2 is sorted in every tick, with
`queue1_ordering: priority_deadline` Queue 1 before the policies judge it. One thing no event says at all: the priority
flag of a release that waits for its tick (D43).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import duckdb

from paysim_engine.record.schema import CODES, EVENT_CODE
from paysim_pipeline.warehouse.queries_base import records, rows

_SETTLED = f"{EVENT_CODE['RtgsImmediateSettlement']}, {EVENT_CODE['Queue2LiquidityRelease']}"
_NETTED = ", ".join(
    str(EVENT_CODE[name])
    for name in ("EntryDispositionOffset", "LsmBilateralOffset", "LsmCycleSettlement", "LsmMultilateralSettlement")
)
_SUBMITTED = CODES["origin"].index("submitted")
_NO_BAND = CODES["rtgs"].index("None")

_STATE = f"""
with recursive arrivals as materialized (
    select
        tx_no, event_seq, tick, agent_no, counterparty_no, amount, deadline_tick, origin, parent_tx_no, eligible_tick
    from raw.payment_events
    where simulation_id = $run and tick <= $tick and event_type = {EVENT_CODE["Arrival"]}
),

children as materialized (
    select tx_no, parent_tx_no, amount
    from arrivals
    where parent_tx_no is not null
),

-- Where the way of a payment ended; everything else waits somewhere.
ends as materialized (
    select tx_no, 'settled' as place
    from raw.payment_events
    where simulation_id = $run and tick <= $tick and event_type in ({_SETTLED})
    union all
    select unnest(tx_nos), 'settled'
    from raw.netting_events
    where simulation_id = $run and tick <= $tick and event_type in ({_NETTED})
    union all
    select incoming_tx_no, 'settled'
    from raw.netting_events
    where simulation_id = $run and tick <= $tick and event_type = {EVENT_CODE["EntryDispositionOffset"]}
    union all
    select tx_no, case event_type when {EVENT_CODE["PolicyDrop"]} then 'dropped' else 'split' end
    from raw.policy_events
    where
        simulation_id = $run
        and tick <= $tick
        and event_type in ({EVENT_CODE["PolicyDrop"]}, {EVENT_CODE["PolicySplit"]})
),

-- What has settled of payments that were split: whenever a child settles, all of its ancestors have less left (D23).
settled_parts as (
    select children.parent_tx_no as tx_no, children.amount
    from children
    inner join ends on children.tx_no = ends.tx_no and ends.place = 'settled'
    union all
    select children.parent_tx_no, settled_parts.amount
    from settled_parts
    inner join children on settled_parts.tx_no = children.tx_no
),

settled_of_split as (
    select tx_no, sum(amount) as amount
    from settled_parts
    group by tx_no
),

-- Children of an overdue payment are overdue from the beginning (D12); once split, a payment no longer becomes overdue.
overdue as (
    select tx_no, tick as since_tick
    from raw.payment_events
    where simulation_id = $run and tick <= $tick and event_type = {EVENT_CODE["TransactionWentOverdue"]}
    union all
    select children.tx_no, overdue.since_tick
    from overdue
    inner join children on overdue.tx_no = children.parent_tx_no
),

state as (
    select
        arrivals.*,
        overdue.since_tick as overdue_since_tick,
        ends.place as end_place,
        case ends.place
            when 'settled' then 0
            else (arrivals.amount - coalesce(settled_of_split.amount, 0))::bigint
        end as remaining
    from arrivals
    left join ends on arrivals.tx_no = ends.tx_no
    left join settled_of_split on arrivals.tx_no = settled_of_split.tx_no
    left join overdue on arrivals.tx_no = overdue.tx_no
)
"""

# Only payments that wait can be in a queue, and only those need to know since when and with which RTGS priority.
_OPEN = f"""
{_STATE},

waiting as materialized (
    select * from state where end_place is null
),

queue_moves as (
    select
        events.tx_no,
        max(events.event_seq) filter (where events.event_type = {EVENT_CODE["QueuedRtgs"]}) as queued_seq,
        max_by(events.rtgs_priority, events.event_seq)
            filter (where events.event_type = {EVENT_CODE["RtgsSubmission"]}) as band
    from raw.payment_events as events
    semi join waiting on events.tx_no = waiting.tx_no
    where
        events.simulation_id = $run
        and events.tick <= $tick
        and events.event_type in ({EVENT_CODE["QueuedRtgs"]}, {EVENT_CODE["RtgsSubmission"]})
    group by events.tx_no
),

withdrawals as (
    select events.tx_no, max(events.event_seq) as withdrawn_seq, max(events.tick) as withdrawn_tick
    from raw.policy_events as events
    semi join waiting on events.tx_no = waiting.tx_no
    where
        events.simulation_id = $run
        and events.tick <= $tick
        and events.event_type = {EVENT_CODE["RtgsWithdrawal"]}
    group by events.tx_no
)

select
    state.tx_no,
    state.agent_no,
    state.remaining,
    case
        when state.end_place is not null then state.end_place
        when queue_moves.queued_seq > coalesce(withdrawals.withdrawn_seq, -1) then 'queue2'
        when state.eligible_tick > $tick then 'scheduled'
        else 'queue1'
    end as place,
    state.deadline_tick,
    state.origin,
    state.tick as arrived_tick,
    state.event_seq as arrived_seq,
    state.eligible_tick,
    withdrawals.withdrawn_tick,
    withdrawals.withdrawn_seq,
    queue_moves.queued_seq,
    coalesce(queue_moves.band, {_NO_BAND}) as band,
    state.overdue_since_tick
from state
left join queue_moves on state.tx_no = queue_moves.tx_no
left join withdrawals on state.tx_no = withdrawals.tx_no
where state.remaining > 0 and state.end_place is distinct from 'dropped'
order by state.tx_no
"""

ALL_PAYMENTS = f"""
{_STATE}

select
    printf('tx_%08d', state.tx_no) as tx_id,
    senders.agent_id as sender_id,
    receivers.agent_id as receiver_id,
    state.amount,
    state.remaining as remaining_amount,
    case
        when state.remaining = 0 then 'settled'
        when state.end_place = 'split' and state.remaining < state.amount then 'partially_settled'
        when state.end_place is not null then state.end_place
        when state.overdue_since_tick is not null then 'overdue'
        else 'pending'
    end as status,
    state.overdue_since_tick
from state
inner join raw.agents as senders on senders.simulation_id = $run and senders.agent_no = state.agent_no
inner join raw.agents as receivers on receivers.simulation_id = $run and receivers.agent_no = state.counterparty_no
order by state.tx_no
"""
"""All payments that have arrived by `$tick` in `$run`, by number; what `reconstruct.reconstruct_payments` returns."""

# The priority a payment has in the sorts of a tick and later ones, until the next row: an arrival and an escalation
# come before the sort of their tick, decisions after it.
_PRIORITIES = f"""
with chosen as (
    select unnest($payments::bigint[]) as tx_no
),

settings as (
    select
        events.tx_no,
        events.event_seq,
        case events.event_type when {EVENT_CODE["Arrival"]} then events.tick else events.tick + 1 end as sort_tick,
        least(events.priority, 10) as priority
    from raw.payment_events as events
    semi join chosen on events.tx_no = chosen.tx_no
    where
        events.simulation_id = $run
        and events.tick <= $tick
        and events.event_type in ({EVENT_CODE["Arrival"]}, {EVENT_CODE["RtgsSubmission"]})
    union all
    select
        events.tx_no,
        events.event_seq,
        case events.event_type
            when {EVENT_CODE["PriorityEscalated"]} then events.tick
            else events.tick + 1
        end,
        events.new_priority
    from raw.policy_events as events
    semi join chosen on events.tx_no = chosen.tx_no
    where events.simulation_id = $run and events.tick <= $tick and events.new_priority is not null
)

select sort_tick, tx_no, priority
from settings
where sort_tick <= $tick
qualify priority is distinct from lag(priority) over (partition by tx_no order by event_seq)
order by event_seq
"""


class OpenPayment(NamedTuple):
    """A payment of which something is left, as the events tell it."""

    tx_no: int
    agent_no: int
    remaining: int
    place: str
    deadline_tick: int
    origin: int
    arrived_tick: int
    arrived_seq: int
    eligible_tick: int | None
    withdrawn_tick: int | None
    withdrawn_seq: int | None
    queued_seq: int | None
    band: int
    overdue_since_tick: int | None

    @property
    def tx_id(self) -> str:
        """Its id (D1)."""
        return f"tx_{self.tx_no:08d}"

    @property
    def joined(self) -> tuple[int, int, int]:
        """When it joined its Queue 1, for sorting: tick, part of the tick, number.

        Payments submitted between two ticks come first, then staggered children by id (D17), then what happens during
        the tick.
        """
        if self.withdrawn_tick is not None and self.withdrawn_seq is not None:
            return (self.withdrawn_tick, 2, self.withdrawn_seq)
        if self.eligible_tick is not None:
            return (self.eligible_tick, 1, self.tx_no)
        return (self.arrived_tick, 0 if self.origin == _SUBMITTED else 2, self.arrived_seq)

    @property
    def first_sort_tick(self) -> int:
        """The tick in which Queue 1 is first sorted with it; policies withdraw payments after the sort of the tick."""
        return self.joined[0] + (self.withdrawn_tick is not None)


def open_payments_at(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> list[OpenPayment]:
    """The payments of which something is left at the end of a tick, by number."""
    found = records(connection, _OPEN, {"run": simulation_id, "tick": tick})
    return [OpenPayment(**payment) for payment in found]


def queue2_of(payments: Iterable[OpenPayment], *, priority_mode: bool) -> list[str]:
    """Ids of the payments in Queue 2, in its order: that of entry, in priority mode within the bands."""

    def key(payment: OpenPayment) -> tuple[int, int]:
        return (payment.band if priority_mode else 0, payment.queued_seq or 0)

    return [payment.tx_id for payment in sorted((p for p in payments if p.place == "queue2"), key=key)]


def queue1_of(
    connection: duckdb.DuckDBPyConnection,
    simulation_id: str,
    tick: int,
    payments: Iterable[OpenPayment],
    *,
    is_sorted: bool,
) -> dict[int, list[str]]:
    """Agent number -> ids of the payments in its Queue 1, in its order.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        tick: the tick at whose end.
        payments: the open payments.
        is_sorted: whether each tick sorts it by priority and deadline. The sort is stable, so the order has a history;
            but two payments that are still there stand to each other as if no others had been.
    """
    queues: dict[int, list[OpenPayment]] = defaultdict(list)
    for payment in sorted((p for p in payments if p.place == "queue1"), key=lambda p: p.joined):
        queues[payment.agent_no].append(payment)
    if is_sorted:
        contested = [payment for queue in queues.values() if len(queue) > 1 for payment in queue]
        history = _priorities(connection, simulation_id, tick, contested)
        for agent_no, queue in queues.items():
            if len(queue) > 1:
                queues[agent_no] = _sorted_every_tick(queue, history, tick)
    return {agent_no: [payment.tx_id for payment in queue] for agent_no, queue in queues.items()}


def _priorities(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int, payments: list[OpenPayment]
) -> dict[int, list[tuple[int, int]]]:
    """Payment -> (tick of the first sort with it, priority), in order of time."""
    history: dict[int, list[tuple[int, int]]] = defaultdict(list)
    if payments:
        values: dict[str, Any] = {"run": simulation_id, "tick": tick, "payments": [p.tx_no for p in payments]}
        for sort_tick, tx_no, priority in rows(connection, _PRIORITIES, values):
            history[tx_no].append((sort_tick, priority))
    return history


def _sorted_every_tick(
    queue: list[OpenPayment], history: dict[int, list[tuple[int, int]]], tick: int
) -> list[OpenPayment]:
    """A queue, in order of joining, after the stable sorts of all ticks; those without a change can be left out."""
    changes: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for payment in queue:
        for sort_tick, priority in history[payment.tx_no]:
            changes[sort_tick].append((payment.tx_no, priority))
    ticks = sorted({*changes, *(payment.first_sort_tick for payment in queue)})
    priority_now: dict[int, int] = {}
    ordered: list[OpenPayment] = []
    waiting = list(reversed(queue))
    for now in (at for at in ticks if at <= tick):
        priority_now.update(changes[now])
        while waiting and waiting[-1].first_sort_tick <= now:
            ordered.append(waiting.pop())
        ordered.sort(key=lambda payment: (-priority_now[payment.tx_no], payment.deadline_tick))
    return ordered + waiting[::-1]
