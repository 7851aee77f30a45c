"""Events of banks and of the system, in words.

Belongs here: budgets, registers, collateral, the liquidity pool, credits, costs, scenario events, the end of a day.
Does not belong here: payments (`payment_words`) and netting (`netting_words`).
"""

from typing import Any, Final

from paysim_pipeline.cli.output import money, plural
from paysim_pipeline.display.rows import Describe, Payments, Row, change, name, number, one, pair, signed
from paysim_pipeline.display.source import Event

COMPONENTS: Final = {
    "liquidity_cost": "overdraft",
    "delay_cost": "delay",
    "collateral_cost": "collateral",
    "penalty_cost": "penalties",
    "split_friction_cost": "splitting",
    "liquidity_opportunity_cost": "pool liquidity",
}
"""Field of `CostAccrual` -> what the component is called."""


def components(costs: dict[str, int]) -> str:
    """The components of a cost that are not nothing."""
    return ", ".join(f"{word} {money(costs[key])}" for key, word in COMPONENTS.items() if costs[key])


def _bank(event: Event, verb: str, amount: int | None, note: str, *, add: bool = True, alarming: bool = False) -> Row:
    """A line about one agent."""
    shown = "" if amount is None else money(amount)
    value = amount if add else None
    return Row(one(event), verb, "", name(event["agent_id"]), shown, note, value, alarming=alarming)


def _budget(event: Event, payments: Payments) -> Row:
    del payments
    words = ["at most, to be released in this tick"]
    if event["focus_counterparties"] is not None:
        banks = ", ".join(name(bank) for bank in event["focus_counterparties"]) or "nobody"
        words.append(f"only to {banks}")
    if event["max_per_counterparty"] is not None:
        words.append(f"at most {money(event['max_per_counterparty'])} to each")
    return _bank(event, "sets budget", event["max_value"], "; ".join(words), add=False)


def _register(event: Event, payments: Payments) -> Row:
    del payments
    note = f"{name(event['register_key'])} {number(event['old_value'])} → {number(event['new_value'])}"
    note += f" ({name(event['reason'])})"
    if event["decision_path"] is not None:
        note += f", by {name(event['decision_path'])}"
    return _bank(event, "sets register", None, note)


def _asked(event: Event) -> str:
    asked = event["requested_amount"]
    return "" if asked == event["amount"] else f" (of {money(asked)} asked for)"


def _movement(event: Event, verb: str, reason: str) -> Row:
    """A collateral movement: why, what is posted before and after, and what it leaves."""
    note = (
        f"{reason}{_asked(event)}; posted {change(event['posted_before'], event['posted_after'])}, "
        f"{money(event['available_capacity_after'])} more possible; balance {money(event['balance_before'])}"
    )
    return _bank(event, verb, event["amount"], note)


def _post(event: Event, payments: Payments) -> Row:
    del payments
    until = "" if event["withdraw_at_tick"] is None else f", until tick {event['withdraw_at_tick']}"
    return _movement(event, "posts", name(event["reason"]) + until)


def _withdraw(event: Event, payments: Payments) -> Row:
    del payments
    return _movement(event, "withdraws", name(event["reason"]))


def _timer(event: Event, payments: Payments) -> Row:
    del payments
    reason = f"time is up for what was posted in tick {event['posted_at_tick']} ({name(event['original_reason'])})"
    return _movement(event, "withdraws", reason)


def _timer_blocked(event: Event, payments: Payments) -> Row:
    del payments
    note = (
        f"cannot be withdrawn: {name(event['reason'])}; posted in tick {event['posted_at_tick']} "
        f"({name(event['original_reason'])})"
    )
    return _bank(event, "timer blocked", event["requested_amount"], note, alarming=True)


def _allocation(event: Event, payments: Payments) -> Row:
    del payments
    before = event["balance_after"] - event["amount"]
    note = f"{number(event['fraction'])} of its pool; balance {change(before, event['balance_after'])}"
    return _bank(event, "brings in", event["amount"], note)


def _return(event: Event, payments: Payments) -> Row:
    del payments
    before = event["balance_after"] + event["amount"]
    return _bank(event, "takes back", event["amount"], f"balance {change(before, event['balance_after'])}")


def _deferred(event: Event, payments: Payments) -> Row:
    del payments
    return _bank(event, "is credited", event["amount"], f"for {' '.join(event['source_transactions'])}")


def _costs(event: Event, payments: Payments) -> Row:
    del payments
    costs = event["costs"]
    return _bank(event, "bears", costs["total"], components(costs) or "nothing")


def _end_of_day(event: Event, payments: Payments) -> Row:
    del payments
    note = f"{plural(event['unsettled_count'], 'payment')} unsettled, penalties {money(event['total_penalties'])}"
    return Row(one(event), f"day {event['day']} ends", note=note, alarming=event["unsettled_count"] > 0)


def _scenario(event: Event, payments: Payments) -> Row:
    del payments
    kind, details = event["scenario_event_type"], event["details"]
    verb, parties, amount, note = _SCENARIO_WORDS[kind](details)
    if not details.get("applied", True) and kind != "scheduled_settlement":
        note = ", ".join(filter(None, (note, "without effect")))
    return Row(one(event), verb, details.get("tx_id", ""), parties, amount, note)


_Words = tuple[str, str, str, str]


def _transfer_words(details: dict[str, Any]) -> _Words:
    note = "moved outside the payment system"
    return "transfer", pair(details["from_agent"], details["to_agent"]), money(details["amount"]), note


def _arrival_words(details: dict[str, Any]) -> _Words:
    parties = pair(details["from_agent"], details["to_agent"])
    note = f"the payment above, as the scenario has it: priority {details['priority']}, due tick {details['deadline']}"
    return "submission", parties, money(details["amount"]), note


def _settlement_words(details: dict[str, Any]) -> _Words:
    note = "settled above" if details["settled"] else f"not settled: {name(details['reason'])}"
    return "scheduled", pair(details["from_agent"], details["to_agent"]), money(details["amount"]), note


def _cap_words(details: dict[str, Any]) -> _Words:
    return "overdraft cap", name(details["agent"]), signed(details["delta"]), "change of the unsecured overdraft cap"


def _global_rate_words(details: dict[str, Any]) -> _Words:
    return "arrival rates", "", "", f"of all agents × {number(details['multiplier'])}"


def _rate_words(details: dict[str, Any]) -> _Words:
    note = f"× {number(details['multiplier'])}"
    if details["old_rate"] is not None:
        note += f": {number(details['old_rate'])} → {number(details['new_rate'])} payments per tick"
    return "arrival rate", name(details["agent"]), "", note


def _weight_words(details: dict[str, Any]) -> _Words:
    note = f"weight {number(details['new_weight'])}"
    if details["auto_balance_others"]:
        note += ", the others rescaled"
    return "counterparty", pair(details["agent"], details["counterparty"]), "", note


def _window_words(details: dict[str, Any]) -> _Words:
    ends = {"shortest": details["min_ticks_multiplier"], "longest": details["max_ticks_multiplier"]}
    note = ", ".join(f"{end} × {number(factor)}" for end, factor in ends.items() if factor is not None)
    return "deadlines", "", "", f"{note or 'unchanged'} from now on"


_SCENARIO_WORDS: Final = {
    "direct_transfer": _transfer_words,
    "custom_transaction_arrival": _arrival_words,
    "collateral_adjustment": _cap_words,
    "global_arrival_rate_change": _global_rate_words,
    "agent_arrival_rate_change": _rate_words,
    "counterparty_weight_change": _weight_words,
    "deadline_window_change": _window_words,
    "scheduled_settlement": _settlement_words,
}

BANK_WORDS: Final[dict[str, Describe]] = {
    "CollateralPost": _post,
    "CollateralWithdraw": _withdraw,
    "CollateralTimerWithdrawn": _timer,
    "CollateralTimerBlocked": _timer_blocked,
    "BankBudgetSet": _budget,
    "StateRegisterSet": _register,
    "LiquidityAllocation": _allocation,
    "LiquidityReturn": _return,
    "DeferredCreditApplied": _deferred,
    "CostAccrual": _costs,
    "ScenarioEventExecuted": _scenario,
    "EndOfDay": _end_of_day,
}
"""Event type -> how it is described."""
