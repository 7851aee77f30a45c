"""Saving a simulation between two ticks, and going on from there (01 §7, 07 §6 with all that they leave out).

Belongs here: the whole state as plain JSON data, and back. Does not belong here: files, hashes, the scenario itself.
Property: run(n + m) = restore(run(n)) + run(m), events included.
"""

import math
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.arrivals import Arrivals, Stream
from paysim_engine.core.codes import NONE
from paysim_engine.core.collateral import Collateral, Timer
from paysim_engine.core.compaction import watch_deadlines
from paysim_engine.core.costs import Costs
from paysim_engine.core.errors import SimulationError
from paysim_engine.core.payments import COLUMNS, Payments
from paysim_engine.core.queues import Queues
from paysim_engine.core.rng import Generator
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.state import State
from paysim_engine.core.weighted import Weights

VERSION: Final = 2
LINKS: Final = ["next", "prev", "sender_next", "sender_prev", "rank", "due_next"]
"""Columns that are rebuilt from the order of the queues."""

Data = dict[str, object]


class Parts:
    """What a checkpoint reads and writes."""

    def __init__(
        self,
        state: State,
        rng: Generator,
        arrivals: Arrivals,
        settlement: Settlement,
        costs: Costs,
        collateral: Collateral,
    ) -> None:
        self.state = state
        self.rng = rng
        self.arrivals = arrivals
        self.settlement = settlement
        self.costs = costs
        self.collateral = collateral


def numbers(column: vec[i64], count: i64) -> list[int]:
    """The first `count` items as a list."""
    return [int(column[i]) for i in range(count)]


def all_numbers(column: vec[i64]) -> list[int]:
    """A whole column as a list."""
    return numbers(column, len(column))


def save(parts: Parts) -> Data:
    """Everything needed to go on, as JSON-able data."""
    state = parts.state
    recorder = state.recorder
    return {
        "version": VERSION,
        "tick": int(state.tick),
        "event_seq": int(recorder.seq),
        "rng_state": parts.rng.unsigned_state(),
        "agents": list(state.ledger.ids),
        "ledger": save_columns(ledger_columns(parts)),
        "bilateral_outflow": numbers(state.ledger.bilateral_outflow, len(state.ledger.bilateral_outflow)),
        "costs": save_columns(cost_columns(parts)),
        "registers": [
            [int(agent), slot, number_or_word(state.registers.get(agent, slot))]
            for agent in range(state.agents)
            for slot in range(len(state.registers.names[agent]))
            if state.registers.exists(agent, slot)
        ],
        "timers": [
            [due, int(t.agent), int(t.amount), recorder.texts[t.reason], int(t.posted_at)]
            for due in sorted(parts.collateral.timers)
            for t in parts.collateral.timers[due]
        ],
        "streams": [save_stream(stream) for stream in parts.arrivals.streams],
        "counters": [
            int(parts.arrivals.clamped_draws),
            int(parts.settlement.settled_count),
            int(parts.settlement.settled_roots),
            int(state.payments.roots),
            int(state.payments.next_number),
        ],
        "payments": save_payments(state),
        "queue1": [all_numbers(state.queues.rows1(agent)) for agent in range(state.agents)],
        "queue2": all_numbers(state.queues.rows2()),
        "scheduled": [[tick, state.queues.scheduled[tick]] for tick in sorted(state.queues.scheduled)],
    }


def ledger_columns(parts: Parts) -> dict[str, vec[i64]]:
    """Columns per agent that change during a run."""
    state = parts.state
    ledger = state.ledger
    return {
        "balance": ledger.balance,
        "unsecured_cap": ledger.unsecured_cap,
        "posted": ledger.posted,
        "allocated": ledger.allocated,
        "total_outflow": ledger.total_outflow,
        "arrived_today": state.arrived_today,
        "settled_today": state.settled_today,
    }


def cost_columns(parts: Parts) -> dict[str, vec[i64]]:
    """Cost sums per agent."""
    costs = parts.costs
    return {
        "overdraft": costs.day_overdraft,
        "delay": costs.day_delay,
        "collateral": costs.day_collateral,
        "penalty": costs.day_penalty,
        "friction": costs.day_friction,
        "opportunity": costs.day_opportunity,
        "total": costs.total,
    }


def save_columns(columns: dict[str, vec[i64]]) -> Data:
    """Columns as lists."""
    return {name: numbers(column, len(column)) for name, column in columns.items()}


def save_stream(stream: Stream) -> list[object]:
    """An arrival stream as scenario events have left it.

    Weights that are still the configuration's are left out: with a full map they were 98 % of a checkpoint of 200
    agents.
    """
    weights: object = list(stream.receivers.weights) if stream.reweighted else None
    return [stream.base_rate, stream.rate, int(stream.low), int(stream.high), weights]


def save_payments(state: State) -> Data:
    """The open payments, and those of today that are finished but not yet given up.

    A column that is the same for all of them, as more than half of the columns are at the end of a day, is one number.
    """
    p = state.payments
    saved: Data = {}
    columns = p.columns()
    for i, name in enumerate(COLUMNS):
        if name not in LINKS:
            column = columns[i]
            same = p.count > 0
            for row in range(1, p.count):
                if column[row] != column[0]:
                    same = False
                    break
            saved[name] = numbers(column, 1 if same else p.count)
    return saved


# ---- back ----


def a_dict(data: object) -> Data:
    """`data` if it is a mapping."""
    if not isinstance(data, dict):
        raise SimulationError("the checkpoint is damaged: a mapping is missing. Use another checkpoint.")
    return data


def a_list(data: object) -> list[object]:
    """`data` if it is a list."""
    if not isinstance(data, list):
        raise SimulationError("the checkpoint is damaged: a list is missing. Use another checkpoint.")
    return data


def an_int(data: object) -> int:
    """`data` if it is a whole number."""
    if not isinstance(data, int):
        raise SimulationError("the checkpoint is damaged: a whole number is missing. Use another checkpoint.")
    return data


def number_or_word(value: float) -> object:
    """A double as JSON knows it: infinities and NaN, which registers may hold, as words."""
    return str(value) if math.isinf(value) or math.isnan(value) else value


def a_float(data: object) -> float:
    """`data` if it is a number, or the word for one that JSON does not know."""
    if isinstance(data, str) and data in ("inf", "-inf", "nan"):
        return float(data)
    if not isinstance(data, (int, float)):
        raise SimulationError("the checkpoint is damaged: a number is missing. Use another checkpoint.")
    return float(data)


def load(parts: Parts, saved: Data) -> None:
    """Put a fresh simulation of the same scenario into the saved state.

    Raises:
        SimulationError: the checkpoint is of another version or scenario, or damaged.
    """
    try:
        load_all(parts, saved)
    except (KeyError, IndexError, ValueError, OverflowError) as error:
        raise SimulationError(f"the checkpoint is damaged ({error!r}). Use another checkpoint.") from None


def load_all(parts: Parts, saved: Data) -> None:
    """See `load`."""
    state = parts.state
    if saved.get("version") != VERSION:
        raise SimulationError(
            f"the checkpoint has version {saved.get('version')!r}, this engine reads {VERSION}. Run the scenario anew."
        )
    if saved.get("agents") != state.ledger.ids:
        raise SimulationError("the checkpoint belongs to another scenario: its agents differ.")
    state.tick = an_int(saved["tick"])
    state.queues.tick = state.tick
    state.recorder.tick = state.tick
    state.recorder.seq = an_int(saved["event_seq"])
    seed = an_int(saved["rng_state"])
    parts.rng.state = Generator(seed).state
    load_columns(ledger_columns(parts), a_dict(saved["ledger"]))
    load_column(state.ledger.bilateral_outflow, a_list(saved["bilateral_outflow"]))
    load_columns(cost_columns(parts), a_dict(saved["costs"]))
    for agent in range(state.agents):
        state.ledger.refresh_limit(agent)
    for entry in a_list(saved["registers"]):
        register = a_list(entry)
        state.registers.put(an_int(register[0]), an_int(register[1]), a_float(register[2]))
    load_timers(parts, a_list(saved["timers"]))
    load_streams(parts, a_list(saved["streams"]))
    counters = [an_int(value) for value in a_list(saved["counters"])]
    parts.arrivals.clamped_draws = counters[0]
    parts.settlement.settled_count = counters[1]
    parts.settlement.settled_roots = counters[2]
    load_payments(state, a_dict(saved["payments"]))
    state.payments.roots = counters[3]
    state.payments.next_number = counters[4]
    load_queues(state, saved)


def load_column(column: vec[i64], values: list[object]) -> None:
    """Fill a column of the same length."""
    if len(values) != len(column):
        raise SimulationError("the checkpoint belongs to another scenario, or is damaged: a column has another length.")
    for i in range(len(column)):
        column[i] = an_int(values[i])


def load_columns(columns: dict[str, vec[i64]], saved: Data) -> None:
    """Fill columns by name."""
    for name, column in columns.items():
        load_column(column, a_list(saved[name]))


def load_timers(parts: Parts, saved: list[object]) -> None:
    """Set the collateral timers."""
    for entry in saved:
        timer = a_list(entry)
        reason = parts.state.recorder.text(str(timer[3]))
        parts.collateral.timers.setdefault(an_int(timer[0]), []).append(
            Timer(an_int(timer[1]), an_int(timer[2]), reason, an_int(timer[4]))
        )


def load_streams(parts: Parts, saved: list[object]) -> None:
    """Set the arrival streams as scenario events had left them."""
    if len(saved) != len(parts.arrivals.streams):
        raise SimulationError("the checkpoint belongs to another scenario: its arrivals differ.")
    for i, stream in enumerate(parts.arrivals.streams):
        entry = a_list(saved[i])
        stream.base_rate = a_float(entry[0])
        stream.rate = a_float(entry[1])
        stream.low = an_int(entry[2])
        stream.high = an_int(entry[3])
        if entry[4] is not None:
            weights: vec[float] = vec[float]()
            for weight in a_list(entry[4]):
                weights = append(weights, a_float(weight))
            if len(weights) != len(stream.receivers.weights):
                raise SimulationError("the checkpoint belongs to another scenario: its receivers differ.")
            stream.receivers = Weights(weights)
            stream.reweighted = True


def load_payments(state: State, saved: Data) -> None:
    """Fill the payment columns."""
    p = state.payments
    count = len(a_list(saved["number"]))
    while p.room < count:
        p.widen()
    p.count = count
    columns = p.columns()
    for i, name in enumerate(COLUMNS):
        if name not in LINKS:
            column = columns[i]
            values = a_list(saved[name])
            same = len(values) == 1
            if len(values) != count and (not same or count == 0):
                raise SimulationError(f"the checkpoint is damaged: {name} has {len(values)} payments of {count}.")
            for row in range(count):
                column[row] = an_int(values[0 if same else row])
    for row in range(count):
        p.sender_next[row] = NONE
        p.sender_prev[row] = NONE
        p.due_next[row] = NONE


def load_queues(state: State, saved: Data) -> None:
    """Rebuild the queues, their order and all counters."""
    queues = state.queues
    p = state.payments
    waiting: set[int] = set()
    for of_agent in a_list(saved["queue1"]):
        for value in a_list(of_agent):
            rejoin(queues, a_row(p, value, waiting), 1)
    for value in a_list(saved["queue2"]):
        rejoin(queues, a_row(p, value, waiting), 2)
    for entry in a_list(saved["scheduled"]):
        scheduled = a_list(entry)
        for value in a_list(scheduled[1]):
            row = a_row(p, value, waiting)
            entered = p.entered[row]
            queues.schedule(row, an_int(scheduled[0]))
            p.entered[row] = entered
            queues.count_waiting(row)
    watch_deadlines(state, queues)


def a_row(p: Payments, data: object, waiting: set[int]) -> i64:
    """`data` if it is the row of a payment that is in no queue yet."""
    row = an_int(data)
    if not 0 <= row < p.count or row in waiting:
        raise SimulationError(f"the checkpoint is damaged: row {row} cannot be in that queue. Use another checkpoint.")
    waiting.add(row)
    return row


def rejoin(queues: Queues, row: i64, queue: i64) -> None:
    """Put a payment back at the end of a queue, without forgetting since when it waits."""
    entered = queues.payments.entered[row]
    if queue == 1:
        queues.join_queue1(row)
    else:
        queues.join_queue2(row)
    queues.payments.entered[row] = entered
    queues.count_waiting(row)
