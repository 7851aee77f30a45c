"""The lines of the report before they are laid out: what every kind of event is described with.

Belongs here: the shape of a described event, amounts and names in words. Does not belong here: describing any one kind
of event (`payment_words`, `bank_words`, `netting_words`), or the layout (`report`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from paysim_engine.wording import printable
from paysim_pipeline.cli.output import money
from paysim_pipeline.display.source import Event, Payment

ARROW: Final = " → "

Payments = Mapping[str, Payment]
Describe = Callable[[Event, Payments], "Row"]


@dataclass(frozen=True)
class Row:
    """One event, or several that say one thing together, as a line of five columns and perhaps more lines.

    Attributes:
        event_seqs: first and last number of the events.
        verb: what happened.
        payment: id of the payment concerned.
        parties: the agents concerned.
        amount: the amount in words.
        note: everything else.
        value: what the line adds to the section's total of its verb, in cents; None if amounts are not to be added.
        number: how many payments or events of that verb it stands for.
        more: further lines below it.
        alarming: whether a reader should not miss it.
    """

    event_seqs: tuple[int, int]
    verb: str
    payment: str = ""
    parties: str = ""
    amount: str = ""
    note: str = ""
    value: int | None = None
    number: int = 1
    more: tuple[str, ...] = field(default=())
    alarming: bool = False


def one(event: Event) -> tuple[int, int]:
    """The numbers of a single event."""
    return event["event_seq"], event["event_seq"]


def name(text: str) -> str:
    """A name or reason from a file, harmless for terminals."""
    return printable(text)


def pair(sender: str, receiver: str) -> str:
    """Who pays whom."""
    return f"{name(sender)}{ARROW}{name(receiver)}"


def change(before: int, after: int) -> str:
    """An amount before and after."""
    return f"{money(before)}{ARROW}{money(after)}"


def signed(cents: int) -> str:
    """An amount with its sign; nothing has none."""
    return f"{'+' if cents > 0 else ''}{money(cents)}"


def number(value: float) -> str:
    """A number as short as it is exact: whole ones without a fraction."""
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def of_payment(event: Event, payments: Payments, verb: str, note: str = "", *, alarming: bool = False) -> Row:
    """A line about one payment, whose parties and amount are known from its arrival."""
    tx_id = event["tx_id"]
    payment = payments.get(tx_id)
    if payment is None:
        return Row(one(event), verb, tx_id, name(event.get("agent_id", "")), note=note, alarming=alarming)
    return Row(
        one(event),
        verb,
        tx_id,
        pair(payment.sender, payment.receiver),
        money(payment.amount),
        note,
        payment.amount,
        alarming=alarming,
    )
