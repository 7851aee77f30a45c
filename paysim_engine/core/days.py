"""Day boundaries: pool liquidity in the morning and evening, penalties and resets at the close (04 §6, D34).

Belongs here: what happens once a day. Does not belong here: costs that accrue every tick.
"""

from mypy_extensions import i64

from paysim_engine.core.codes import NULL
from paysim_engine.core.costs import Costs
from paysim_engine.core.numbers import floor_product
from paysim_engine.core.queues import Queues
from paysim_engine.core.state import State


def begin_day(state: State, costs: Costs) -> None:
    """Reset the day's sums, and allocate pool liquidity (on day 0 whether or not it is reallocated daily)."""
    for agent in range(state.agents):
        state.arrived_today[agent] = 0
        state.settled_today[agent] = 0
    costs.begin_day()
    if state.tick == 0 or state.config.daily_reallocation:
        allocate(state)


def allocate(state: State) -> None:
    """Give every agent with a pool its fraction of it, floored (01 §3.6)."""
    ledger = state.ledger
    for agent in range(state.agents):
        pool = ledger.pool[agent]
        if pool < 0:
            continue
        fraction = ledger.pool_fraction[agent]
        amount = floor_product(pool, fraction)
        ledger.balance[agent] += amount
        ledger.allocated[agent] = amount
        state.recorder.liquidity_allocation(state.day(), agent, fraction, amount, ledger.balance[agent])


def unsettled(queues: Queues) -> i64:
    """Payments in both queues, scheduled children included."""
    count = queues.size2
    for size in queues.size1:
        count += size
    return count


def close_day(state: State, costs: Costs) -> None:
    """Step 8: penalties, register resets, limits, `EndOfDay`, and the return of pool liquidity, in this order."""
    penalties = costs.end_of_day_penalties()
    reset_registers(state)
    state.ledger.clear_outflows()
    state.recorder.end_of_day(state.day(), unsettled(state.queues), penalties)
    if state.config.daily_reallocation:
        return_liquidity(state)


def reset_registers(state: State) -> None:
    """Remove every register that was set, agents ascending, names ascending (D2)."""
    registers = state.registers
    recorder = state.recorder
    for agent in range(state.agents):
        names = registers.names[agent]
        for slot in range(len(names)):
            if registers.exists(agent, slot):
                old = registers.get(agent, slot)
                registers.clear(agent, slot)
                recorder.register_set(agent, recorder.text(names[slot]), old, 0.0, recorder.text("eod_reset"), NULL)


def return_liquidity(state: State) -> None:
    """Take the allocated pool liquidity back; no balance is asked (01 §3.6)."""
    ledger = state.ledger
    for agent in range(state.agents):
        amount = ledger.allocated[agent]
        if ledger.pool[agent] >= 0 and amount != 0:
            ledger.balance[agent] -= amount
            ledger.allocated[agent] = 0
            state.recorder.liquidity_return(agent, amount, ledger.balance[agent])
