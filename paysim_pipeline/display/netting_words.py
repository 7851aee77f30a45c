"""Netting in words: who took part, gross and net.

Belongs here: offsets, cycles, multilateral settlements, and what each algorithm did. Does not belong here: which
payments net (`paysim_engine.core.lsm`).
"""

from collections.abc import Sequence
from typing import Final

from paysim_pipeline.cli.output import money, plural
from paysim_pipeline.display.rows import ARROW, Describe, Payments, Row, name, one, pair, signed
from paysim_pipeline.display.source import Event
from paysim_pipeline.display.tables import columns

_ALGORITHMS: Final = {1: "retries of Queue 2", 2: "bilateral offsetting", 3: "cycles and multilateral netting"}


def _bilateral(event: Event, payments: Payments) -> Row:
    parties = f"{name(event['agent_a'])} ⇄ {name(event['agent_b'])}"
    return _netting(event, "bilateral", parties, event["tx_ids"], event["tx_amounts"], payments)


def _cycle(event: Event, payments: Payments) -> Row:
    ring = [*event["agents"], event["agents"][0]]
    parties = ARROW.join(name(agent) for agent in ring)
    return _netting(event, "cycle", parties, event["tx_ids"], event["tx_amounts"], payments)


def _multilateral(event: Event, payments: Payments) -> Row:
    parties = plural(len(event["agents"]), "agent")
    return _netting(event, "multilateral", parties, event["tx_ids"], event["tx_amounts"], payments)


def _entry_offset(event: Event, payments: Payments) -> Row:
    parties = f"{name(event['agent_a'])} ⇄ {name(event['agent_b'])}"
    tx_ids = [event["incoming_tx_id"], *event["queued_tx_ids"]]
    amounts = [payments[tx_id].amount for tx_id in tx_ids]
    return _netting(event, "offsets on entry", parties, tx_ids, amounts, payments)


def _netting(
    event: Event, verb: str, parties: str, tx_ids: Sequence[str], amounts: Sequence[int], payments: Payments
) -> Row:
    """A settlement of several payments together, with its participants and payments below."""
    paid: dict[str, int] = {}
    received: dict[str, int] = {}
    legs: list[tuple[str, ...]] = []
    for tx_id, amount in zip(tx_ids, amounts, strict=True):
        payment = payments[tx_id]
        paid[payment.sender] = paid.get(payment.sender, 0) + amount
        received[payment.receiver] = received.get(payment.receiver, 0) + amount
        legs.append((tx_id, pair(payment.sender, payment.receiver), money(amount)))
    net = {agent: received.get(agent, 0) - paid.get(agent, 0) for agent in sorted(paid.keys() | received.keys())}
    gross = sum(amounts)
    used = sum(-position for position in net.values() if position < 0)
    members = [
        (
            name(agent),
            f"pays {money(paid.get(agent, 0))}",
            f"receives {money(received.get(agent, 0))}",
            f"net {signed(n)}",
        )
        for agent, n in net.items()
    ]
    return Row(
        one(event),
        verb,
        parties=parties,
        amount=money(gross),
        note=f"{plural(len(legs), 'payment')}; liquidity used {money(used)}, saved {money(gross - used)}",
        value=gross,
        number=len(legs),
        more=(*columns(members, "<>>>"), *columns(legs, "<<>")),
    )


def _algorithm(event: Event, payments: Payments) -> Row:
    del payments
    note = "nothing settles"
    if event["settlements"]:
        note = f"{plural(event['settlements'], 'payment')} settled, {money(event['settled_value'])}"
    if event["truncated"]:
        note += "; the search for cycles reached its limit"
    return Row(one(event), f"algorithm {event['algorithm']}", note=f"{_ALGORITHMS[event['algorithm']]}: {note}")


NETTING_WORDS: Final[dict[str, Describe]] = {
    "EntryDispositionOffset": _entry_offset,
    "LsmBilateralOffset": _bilateral,
    "LsmCycleSettlement": _cycle,
    "LsmMultilateralSettlement": _multilateral,
    "AlgorithmExecution": _algorithm,
}
"""Event type -> how it is described."""
