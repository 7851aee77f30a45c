"""The catalogue of context fields: what a tree may look at, with meaning and unit (05 §6 with D28, D29).

Belongs here: one entry per field, from which validation, the schema and the manual follow. Does not belong here: the
computation of a field (`nodes`), operators and actions (`language`).
"""

from dataclasses import dataclass
from typing import Final

PAYMENT_TREE: Final = "payment_tree"
BANK_TREE: Final = "bank_tree"
STRATEGIC_TREE: Final = "strategic_collateral_tree"
END_OF_TICK_TREE: Final = "end_of_tick_collateral_tree"
TREES: Final = (PAYMENT_TREE, BANK_TREE, STRATEGIC_TREE, END_OF_TICK_TREE)
"""The trees of a document, in the order in which they are checked and explained."""

REGISTER_PREFIX: Final = "bank_state_"
"""A field with this prefix is a state register (05 §6.8)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One context field.

    Attributes:
        name: As written in a document.
        group: Heading under which the schema lists it.
        unit: `cents`, `tick` (a moment), `ticks` (a time), `0 or 1`, `fraction`, `count`, `bps`, or in words.
        meaning: One sentence.
        needs_payment: Whether only a payment tree has it.
    """

    name: str
    group: str
    unit: str
    meaning: str
    needs_payment: bool = False

    @property
    def trees(self) -> tuple[str, ...]:
        """The trees in which the field may be used."""
        return (PAYMENT_TREE,) if self.needs_payment else TREES


_PAYMENT = "The payment"
_COUNTERPARTY = "The payment's receiver and the counterparties in Queue 2"
_LIQUIDITY = "Liquidity of the agent"
_QUEUE1 = "The agent's Queue 1"
_QUEUE2 = "The agent's payments in Queue 2"
_COLLATERAL = "Collateral of the agent"
_THROUGHPUT = "Throughput"
_SYSTEM = "The system"
_TIME = "Time"
_COST = "Costs"

_ROWS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        _PAYMENT,
        (
            ("amount", "cents", "Original amount of the payment."),
            ("remaining_amount", "cents", "What of the payment is not settled yet."),
            ("settled_amount", "cents", "What of the payment is settled already."),
            ("arrival_tick", "tick", "When the payment arrived; a child of a split has its parent's arrival."),
            ("deadline_tick", "tick", "Last tick at which the payment is in time."),
            ("priority", "0 to 10", "Present priority of the payment, after escalation and overrides."),
            ("is_split", "0 or 1", "Whether the payment is a child of a split."),
            ("is_past_deadline", "0 or 1", "Whether the current tick is later than the deadline."),
            (
                "is_overdue",
                "0 or 1",
                "Whether the payment has been marked overdue, which happens at the start of a tick.",
            ),
            ("is_in_queue2", "0 or 1", "Whether the payment has been released and not withdrawn since."),
            ("overdue_duration", "ticks", "Time since the payment became overdue; 0 if it is not."),
            ("ticks_to_deadline", "ticks", "Time to the payment's deadline; negative once it has passed."),
            ("queue_age", "ticks", "Time since the payment arrived."),
            ("time_in_queue", "ticks", "Time since the payment arrived; the same as queue_age."),
            (
                "cost_delay_this_tx_one_tick",
                "cents",
                "Remaining amount × cost_delay_per_tick_per_cent: one tick of waiting without multipliers, unrounded.",
            ),
            (
                "cost_overdraft_this_amount_one_tick",
                "cents",
                "One tick of an overdraft as large as the remaining amount, unrounded.",
            ),
        ),
    ),
    (
        _COUNTERPARTY,
        (
            ("tx_counterparty_id", "hash", "Hash of the receiver's id (64-bit FNV-1a); compare it with the others."),
            ("my_q2_out_value_to_counterparty", "cents", "Value in Queue 2 from the agent to the receiver."),
            ("my_q2_in_value_from_counterparty", "cents", "Value in Queue 2 from the receiver to the agent."),
            ("my_bilateral_net_q2", "cents", "What the agent owes the receiver in Queue 2, less what it is owed."),
            *(
                row
                for k, nth in enumerate(("largest", "2nd largest", "3rd largest", "4th largest", "5th largest"), 1)
                for row in (
                    (
                        f"my_q2_out_value_top_{k}",
                        "cents",
                        f"The {nth} value in Queue 2 from the agent to one other; 0 if there are not so many.",
                    ),
                    (f"top_cpty_{k}_id_hash", "hash", f"Hash of the id of the receiver of my_q2_out_value_top_{k}."),
                    (f"my_q2_in_value_top_{k}", "cents", f"The {nth} value in Queue 2 from one other to the agent."),
                    (
                        f"my_bilateral_net_q2_top_{k}",
                        "cents",
                        f"The {nth} net value in Queue 2 between the agent and one other, by size; positive if the "
                        "agent owes.",
                    ),
                )
            ),
            ("tx_is_top_counterparty", "0 or 1", "Always 0: no history is kept."),
            ("lsm_run_rate_last_10_ticks", "fraction", "Always 0: no history is kept."),
            ("system_throughput_guidance_fraction_by_tick", "fraction", "Always 0: no guidance is configured."),
        ),
    ),
    (
        _LIQUIDITY,
        (
            ("balance", "cents", "Balance of the agent's account; negative in overdraft."),
            ("credit_limit", "cents", "Unsecured overdraft cap; collateral is not in it."),
            ("unsecured_cap", "cents", "Unsecured overdraft cap; the same as credit_limit."),
            ("credit_used", "cents", "Overdraft in use: how far the balance is below 0."),
            ("is_using_credit", "0 or 1", "Whether the balance is below 0."),
            ("credit_headroom", "cents", "Unsecured cap less the overdraft in use; negative beyond the cap."),
            ("available_liquidity", "cents", "What can be paid with: money and unused overdraft, secured or not."),
            ("effective_liquidity", "cents", "What can be paid with; the same as available_liquidity."),
            (
                "liquidity_pressure",
                "fraction",
                "1 − max(0, balance) / (balance + unsecured cap + posted collateral); 1 if that sum is 0.",
            ),
            ("liquidity_buffer", "cents", "Always 0: scenarios configure no buffer."),
            ("is_overdraft_capped", "0 or 1", "Always 1: every overdraft has a limit."),
            ("incoming_expected_count", "count", "Always 0: expected inflows are not announced."),
        ),
    ),
    (
        _QUEUE1,
        (
            (
                "outgoing_queue_size",
                "count",
                "The agent's payments that wait for a decision, staggered children included.",
            ),
            ("queue1_total_value", "cents", "Value of the agent's payments that wait for a decision."),
            ("queue1_liquidity_gap", "cents", "What is missing to pay all that waits for a decision; at least 0."),
            (
                "headroom",
                "cents",
                "available_liquidity − queue1_total_value: what paying all that waits would leave; may be negative.",
            ),
        ),
    ),
    (
        _QUEUE2,
        (
            ("queue2_count_for_agent", "count", "Released payments of the agent that wait for liquidity in Queue 2."),
            (
                "queue2_nearest_deadline",
                "tick",
                "Earliest deadline of the agent's payments in Queue 2; 2^64 − 1 if there are none.",
            ),
            (
                "ticks_to_nearest_queue2_deadline",
                "ticks",
                "Time to queue2_nearest_deadline, at least 0; infinite if there is nothing in Queue 2.",
            ),
        ),
    ),
    (
        _COLLATERAL,
        (
            ("posted_collateral", "cents", "Collateral posted, before the haircut."),
            ("max_collateral_capacity", "cents", "Most that may be posted: configured, else 10 × the unsecured cap."),
            ("remaining_collateral_capacity", "cents", "What may still be posted; negative if too much is."),
            ("collateral_utilization", "fraction", "Posted collateral as a share of the capacity; 0 without capacity."),
            ("collateral_haircut", "fraction", "Discount at which collateral counts."),
            (
                "allowed_overdraft_limit",
                "cents",
                "Largest overdraft: collateral after the haircut, rounded down, + unsecured cap.",
            ),
            ("overdraft_headroom", "cents", "allowed_overdraft_limit less the overdraft in use."),
            (
                "overdraft_utilization",
                "fraction",
                "Overdraft in use as a share of allowed_overdraft_limit; 0 if that is 0.",
            ),
            (
                "required_collateral_for_usage",
                "cents",
                "Collateral that the overdraft beyond the unsecured cap needs, rounded up.",
            ),
            ("excess_collateral", "cents", "Posted collateral beyond required_collateral_for_usage; at least 0."),
        ),
    ),
    (
        _THROUGHPUT,
        (
            (
                "my_throughput_fraction_today",
                "fraction",
                "Settled share, by value, of the agent's payments that arrived today and are no children; 0 if none.",
            ),
            ("expected_throughput_fraction_by_now", "fraction", "Share of the day that has passed."),
            (
                "throughput_gap",
                "fraction",
                "my_throughput_fraction_today less the share of the day that has passed; negative for a laggard.",
            ),
        ),
    ),
    (
        _SYSTEM,
        (
            ("rtgs_queue_size", "count", "Payments in Queue 2, of all agents."),
            ("queue2_size", "count", "Payments in Queue 2, of all agents; the same as rtgs_queue_size."),
            ("rtgs_queue_value", "cents", "Value of Queue 2, of all agents."),
            ("total_agents", "count", "Number of agents."),
            (
                "system_queue2_pressure_index",
                "fraction",
                "0 if Queue 2 is empty, else 1 / (1 + exp(−2 x)) with x = payments in Queue 2 / (10 × agents).",
            ),
        ),
    ),
    (
        _TIME,
        (
            ("current_tick", "tick", "The tick, counted from 0 over the whole run."),
            ("system_ticks_per_day", "ticks", "Length of a day."),
            ("system_current_day", "count", "The day, counted from 0."),
            ("system_tick_in_day", "ticks", "The tick within the day, counted from 0."),
            ("ticks_remaining_in_day", "ticks", "Ticks after this one; 0 in the last tick of a day."),
            ("day_progress_fraction", "fraction", "system_tick_in_day / system_ticks_per_day; never quite 1."),
            ("is_eod_rush", "0 or 1", "Whether day_progress_fraction has reached the scenario's eod_rush_threshold."),
        ),
    ),
    (
        _COST,
        (
            ("cost_overdraft_bps_per_tick", "bps per tick", "Rate of the overdraft cost."),
            ("cost_delay_per_tick_per_cent", "cents per cent and tick", "Rate of the delay cost."),
            ("cost_collateral_bps_per_tick", "bps per tick", "Rate of the collateral cost."),
            ("cost_split_friction", "cents", "Cost of one cut of a split."),
            (
                "cost_deadline_penalty",
                "cents",
                "Penalty for going overdue: for the payment's amount in a payment tree; as a rate it is for 1 cent in "
                "collateral trees, and 0 in the bank tree.",
            ),
            (
                "cost_eod_penalty",
                "cents",
                "Penalty for being late and unsettled when a day ends: for the remaining amount in a payment tree, "
                "otherwise as cost_deadline_penalty.",
            ),
        ),
    ),
)

FIELDS: Final[dict[str, Field]] = {
    name: Field(name, group, unit, meaning, group in (_PAYMENT, _COUNTERPARTY))
    for group, rows in _ROWS
    for name, unit, meaning in rows
}
"""All context fields but the state registers, in the order in which the schema lists them."""

WITHDRAWN_FIELDS: Final[dict[str, str]] = {
    "cost_delay_so_far": "Use queue_age × cost_delay_this_tx_one_tick.",
    "cost_if_settled_now": "Use cost_overdraft_this_amount_one_tick.",
    "cost_if_held_one_tick": "Use cost_delay_this_tx_one_tick.",
    "cost_urgency": "Compare cost_deadline_penalty with cost_delay_this_tx_one_tick × ticks_to_deadline.",
}
"""Names that older documents may use although no value was ever behind them, with what to use instead (D28)."""


def fields_of(tree: str) -> list[str]:
    """Names of the fields that `tree` may use, registers apart."""
    return [field.name for field in FIELDS.values() if tree == PAYMENT_TREE or not field.needs_payment]
