"""Context fields about the payment's receiver and the agent's counterparties in Queue 2 (05 §6.11, D28).

Belongs here: one class per field, for payment trees only. Does not belong here: finding and ranking the counterparties
(`policy.queue2_view`).
"""

# ruff: noqa: D102 -- `value` means the same in every class; what a field is, its class says.

from typing import Final

from mypy_extensions import i64

from paysim_engine.policy.context import Context
from paysim_engine.policy.nodes.values import Value
from paysim_engine.policy.queue2_view import IN, NET, OUT


class ReceiverHash(Value):
    """Hash of the receiver's id."""

    def value(self, c: Context) -> float:
        return c.queue2.hash_of(c.payments.receiver[c.row])


class OwedToReceiver(Value):
    """What the agent has in Queue 2 for the receiver."""

    def value(self, c: Context) -> float:
        c.queue2.look(c.agent)
        return float(c.queue2.value_to(c.payments.receiver[c.row]))


class OwedByReceiver(Value):
    """What the receiver has in Queue 2 for the agent."""

    def value(self, c: Context) -> float:
        c.queue2.look(c.agent)
        return float(c.queue2.value_from(c.payments.receiver[c.row]))


class NetWithReceiver(Value):
    """The first less the second."""

    def value(self, c: Context) -> float:
        c.queue2.look(c.agent)
        return float(c.queue2.measure(NET, c.payments.receiver[c.row]))


class RankedValue(Value):
    """The value in one place of a ranking, 0 if the place is empty."""

    def __init__(self, kind: i64, place: i64) -> None:
        self.kind: i64 = kind
        self.place: i64 = place

    def value(self, c: Context) -> float:
        c.queue2.look(c.agent)
        other = c.queue2.counterparty(self.kind, self.place)
        return float(c.queue2.measure(self.kind, other)) if other >= 0 else 0.0


class RankedHash(Value):
    """Hash of the id in one place of the ranking by outflow, 0 if the place is empty."""

    def __init__(self, place: i64) -> None:
        self.place: i64 = place

    def value(self, c: Context) -> float:
        c.queue2.look(c.agent)
        other = c.queue2.counterparty(OUT, self.place)
        return c.queue2.hash_of(other) if other >= 0 else 0.0


class Nothing(Value):
    """A field of the language for which no history is kept: always 0."""

    def value(self, c: Context) -> float:
        return 0.0


RECEIVER_FIELDS: Final[dict[str, type[Value]]] = {
    "tx_counterparty_id": ReceiverHash,
    "my_q2_out_value_to_counterparty": OwedToReceiver,
    "my_q2_in_value_from_counterparty": OwedByReceiver,
    "my_bilateral_net_q2": NetWithReceiver,
    "tx_is_top_counterparty": Nothing,
    "lsm_run_rate_last_10_ticks": Nothing,
    "system_throughput_guidance_fraction_by_tick": Nothing,
}


def ranked_fields() -> dict[str, Value]:
    """The fields of the five places of each ranking."""
    fields: dict[str, Value] = {}
    for place in range(5):
        number = place + 1
        fields[f"my_q2_out_value_top_{number}"] = RankedValue(OUT, place)
        fields[f"my_q2_in_value_top_{number}"] = RankedValue(IN, place)
        fields[f"my_bilateral_net_q2_top_{number}"] = RankedValue(NET, place)
        fields[f"top_cpty_{number}_id_hash"] = RankedHash(place)
    return fields
