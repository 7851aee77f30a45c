"""Events of payments and decisions about them, in words.

Belongs here: arrival, submission, queueing, settlement, lateness, limits, and the decisions of policies. Does not
belong here: netting (`netting_words`) and what banks do with liquidity (`bank_words`).
"""

from typing import Final

from paysim_pipeline.cli.output import money, plural
from paysim_pipeline.display.rows import Describe, Payments, Row, change, name, of_payment, one, pair
from paysim_pipeline.display.source import Event

HOLDS: Final = "holds"

_ORIGINS: Final = {
    "scenario": "of the scenario",
    "scheduled_settlement": "of a scheduled settlement",
    "submitted": "submitted from outside",
    "imported": "imported",
}


def _arrival(event: Event, payments: Payments) -> Row:
    del payments
    words = [f"priority {event['priority']}", f"due tick {event['deadline']}"]
    if event["origin"] in _ORIGINS:
        words.append(_ORIGINS[event["origin"]])
    if event["is_divisible"]:
        words.append("divisible")
    verb = "arrives"
    if event["parent_tx_id"] is not None:
        verb = "part"
        words.append(f"part {event['split_index']} of {event['parent_tx_id']}")
    if event["eligible_tick"] is not None:
        words.append(f"waits until tick {event['eligible_tick']}")
    return Row(
        one(event),
        verb,
        event["tx_id"],
        pair(event["sender_id"], event["receiver_id"]),
        money(event["amount"]),
        ", ".join(words),
        event["amount"],
    )


def _submission(event: Event, payments: Payments) -> Row:
    del payments
    return Row(
        one(event),
        "submits",
        event["tx_id"],
        pair(event["sender"], event["receiver"]),
        money(event["amount"]),
        f"priority {event['internal_priority']}, RTGS priority {event['rtgs_priority']}",
        event["amount"],
    )


def _submit(event: Event, payments: Payments) -> Row:
    return of_payment(event, payments, "submits")


def _hold(event: Event, payments: Payments) -> Row:
    return of_payment(event, payments, HOLDS, f"{name(event['reason'])} (priority {event['priority']})")


def _drop(event: Event, payments: Payments) -> Row:
    return of_payment(event, payments, "drops", name(event["reason"]), alarming=True)


def _split(event: Event, payments: Payments) -> Row:
    parts = [
        child if eligible is None else f"{child} (from tick {eligible})"
        for child, eligible in zip(event["child_ids"], event["eligible_ticks"], strict=True)
    ]
    return of_payment(event, payments, "splits", f"into {plural(event['num_splits'], 'part')}: {' '.join(parts)}")


def _reprioritized(event: Event, payments: Payments) -> Row:
    return of_payment(event, payments, "reprioritises", f"priority {event['old_priority']} → {event['new_priority']}")


def _escalated(event: Event, payments: Payments) -> Row:
    note = (
        f"priority {event['escalated_priority']}, at arrival {event['original_priority']}: "
        f"{plural(event['ticks_until_deadline'], 'tick')} to its deadline, boost {event['boost_applied']}"
    )
    return of_payment(event, payments, "escalates", note)


def _withdrawal(event: Event, payments: Payments) -> Row:
    note = f"from Queue 2, RTGS priority was {event['original_rtgs_priority']}"
    return of_payment(event, payments, "withdraws", note)


def _resubmission(event: Event, payments: Payments) -> Row:
    note = f"declared RTGS priority {event['old_rtgs_priority']} → {event['new_rtgs_priority']}"
    return of_payment(event, payments, "resubmits", note)


def _immediate(event: Event, payments: Payments) -> Row:
    del payments
    balance = change(event["sender_balance_before"], event["sender_balance_after"])
    return _settlement(event, "settles", f"balance of {name(event['sender'])} {balance}")


def _release(event: Event, payments: Payments) -> Row:
    del payments
    cause = {"liquidity_available": "its liquidity suffices now", "lsm_released_liquidity": "netting made room"}
    wait = plural(event["queue_wait_ticks"], "tick")
    return _settlement(event, "releases", f"after {wait} in Queue 2: {cause[event['release_reason']]}")


def _settlement(event: Event, verb: str, note: str) -> Row:
    parties = pair(event["sender"], event["receiver"])
    return Row(one(event), verb, event["tx_id"], parties, money(event["amount"]), note, event["amount"])


def _queued(event: Event, payments: Payments) -> Row:
    return of_payment(event, payments, "waits", "in Queue 2")


def _bilateral_limit(event: Event, payments: Payments) -> Row:
    note = (
        f"bilateral limit of {name(event['sender'])} towards {name(event['receiver'])}: "
        f"{money(event['current_bilateral_outflow'])} paid of {money(event['bilateral_limit'])}"
    )
    return of_payment(event, payments, "exceeds", note, alarming=True)


def _multilateral_limit(event: Event, payments: Payments) -> Row:
    note = (
        f"multilateral limit of {name(event['sender'])}: "
        f"{money(event['current_total_outflow'])} paid of {money(event['multilateral_limit'])}"
    )
    return of_payment(event, payments, "exceeds", note, alarming=True)


def _went_overdue(event: Event, payments: Payments) -> Row:
    del payments
    late = plural(event["ticks_overdue"], "tick")
    return Row(
        one(event),
        "overdue",
        event["tx_id"],
        pair(event["sender_id"], event["receiver_id"]),
        money(event["remaining_amount"]),
        f"was due in tick {event['deadline_tick']}, {late} ago; penalty {money(event['deadline_penalty_cost'])}",
        event["remaining_amount"],
        alarming=True,
    )


def _overdue_settled(event: Event, payments: Payments) -> Row:
    del payments
    late = plural(event["total_ticks_overdue"], "tick")
    return Row(
        one(event),
        "overdue",
        event["tx_id"],
        pair(event["sender_id"], event["receiver_id"]),
        money(event["settled_amount"]),
        f"settles at last: due in tick {event['deadline_tick']}, {late} overdue, "
        f"penalty {money(event['deadline_penalty_cost'])}, cost of delay about {money(event['estimated_delay_cost'])}",
    )


PAYMENT_WORDS: Final[dict[str, Describe]] = {
    "Arrival": _arrival,
    "RtgsSubmission": _submission,
    "QueuedRtgs": _queued,
    "RtgsImmediateSettlement": _immediate,
    "Queue2LiquidityRelease": _release,
    "TransactionWentOverdue": _went_overdue,
    "OverdueTransactionSettled": _overdue_settled,
    "BilateralLimitExceeded": _bilateral_limit,
    "MultilateralLimitExceeded": _multilateral_limit,
    "PolicySubmit": _submit,
    "PolicyHold": _hold,
    "PolicyDrop": _drop,
    "PolicySplit": _split,
    "TransactionReprioritized": _reprioritized,
    "PriorityEscalated": _escalated,
    "RtgsWithdrawal": _withdrawal,
    "RtgsResubmission": _resubmission,
}
"""Event type -> how it is described."""
