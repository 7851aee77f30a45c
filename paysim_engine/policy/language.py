"""The catalogue of operators and actions: what a tree may compute and decide (05 §4, §7 with D15-D29).

Belongs here: one entry per operator, computation and action, from which validation, the schema and the manual follow.
Does not belong here: what they do (`nodes`), context fields (`fields`).
"""

from dataclasses import dataclass
from typing import Final

from paysim_engine.policy.fields import BANK_TREE, END_OF_TICK_TREE, PAYMENT_TREE, STRATEGIC_TREE

TREE_MEANINGS: Final[dict[str, str]] = {
    PAYMENT_TREE: "Asked once per tick for every payment in the agent's Queue 1, and for those in Queue 2.",
    BANK_TREE: "Run once per tick, before payments are judged: the bank's budget and memory.",
    STRATEGIC_TREE: "Asked once per tick, before the bank tree: collateral for the payments to come.",
    END_OF_TICK_TREE: "Asked once per tick, after settlement: collateral that turned out too much or too little.",
}


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator of an expression (true or false) or of a computation (a number).

    Attributes:
        name: The `op` of a document.
        operands: Keys that hold one value each; for `and`, `or` and `not` one expression each.
        many: Key that holds a list instead; empty if there is none.
        meaning: The result in words; l, r, … stand for the operands.
        words: How `explain` writes it; `{left}` and so on stand for the operands.
    """

    name: str
    operands: tuple[str, ...]
    many: str
    meaning: str
    words: str


_TWO = ("left", "right")

COMPARISONS: Final[dict[str, Operator]] = {
    row.name: row
    for row in (
        Operator("==", _TWO, "", "|left − right| < 1e-9", "{left} = {right}"),
        Operator("!=", _TWO, "", "|left − right| ≥ 1e-9", "{left} ≠ {right}"),
        Operator("<", _TWO, "", "left < right, exactly", "{left} < {right}"),
        Operator("<=", _TWO, "", "left ≤ right, or equal within 1e-9", "{left} ≤ {right}"),
        Operator(">", _TWO, "", "left > right, exactly", "{left} > {right}"),
        Operator(">=", _TWO, "", "left ≥ right, or equal within 1e-9", "{left} ≥ {right}"),
    )
}

CONNECTIVES: Final[dict[str, Operator]] = {
    row.name: row
    for row in (
        Operator("and", (), "conditions", "All hold; evaluation stops at the first that does not. Empty: true.", "and"),
        Operator("or", (), "conditions", "One holds; evaluation stops at the first that does. Empty: false.", "or"),
        Operator("not", ("condition",), "", "The condition does not hold.", "not {condition}"),
    )
}

COMPUTATIONS: Final[dict[str, Operator]] = {
    row.name: row
    for row in (
        Operator("+", _TWO, "", "Sum.", "{left} + {right}"),
        Operator("-", _TWO, "", "Difference.", "{left} − {right}"),
        Operator("*", _TWO, "", "Product.", "{left} × {right}"),
        Operator("/", _TWO, "", "Quotient; |right| < 2.2e-16 ends the run.", "{left} ÷ {right}"),
        Operator("max", (), "values", "Largest of the values; at least one is needed.", "the largest of"),
        Operator("min", (), "values", "Smallest of the values; at least one is needed.", "the smallest of"),
        Operator("ceil", ("value",), "", "Next whole number upwards.", "{value} rounded up"),
        Operator("floor", ("value",), "", "Next whole number downwards.", "{value} rounded down"),
        Operator("round", ("value",), "", "Nearest whole number, halves away from 0.", "{value} rounded"),
        Operator("abs", ("value",), "", "Size without sign.", "the size of {value}"),
        Operator(
            "clamp",
            ("value", "min", "max"),
            "",
            "value, but at least min, and then at most max.",
            "{value} kept between {min} and {max}",
        ),
        Operator(
            "div0",
            ("numerator", "denominator", "default"),
            "",
            "numerator / denominator; default if |denominator| < 1e-9.",
            "{numerator} ÷ {denominator} (or {default} if that divides by 0)",
        ),
    )
}

# What a parameter of an action holds.
NUMBER: Final = "number"
TEXT: Final = "text"
NAMES: Final = "names"
LOOSE_TEXT: Final = "loose text"

KIND_MEANINGS: Final[dict[str, str]] = {
    NUMBER: "a number: literal, field, parameter or computation",
    TEXT: "a literal text",
    NAMES: "a literal list of agent ids",
    LOOSE_TEXT: "a literal text; anything else counts as absent",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an action.

    Attributes:
        name: As written in a document.
        kind: NUMBER, TEXT, NAMES or LOOSE_TEXT.
        required: Whether the action needs it.
        unit: Its unit, and how a computed number is converted.
        meaning: One sentence.
        choices: The valid texts, if not all are.
        alias: Another name that means the same (D21).
        words: How `explain` adds it to the action's words; `{}` stands for its value.
    """

    name: str
    kind: str
    required: bool
    unit: str
    meaning: str
    choices: tuple[str, ...] = ()
    alias: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Attributes:
        name: As written in a document.
        trees: The trees in which it may stand.
        parameters: In the order of evaluation.
        meaning: What it does.
        words: How `explain` writes it; `{name}` stands for the parameter of that name.
    """

    name: str
    trees: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    meaning: str
    words: str


_IN_CENTS = "cents, truncated"
_IN_TICKS = "ticks, truncated, at least 0"
_A_COUNT = "count, truncated, at least 0"

_REASON = Parameter(
    "reason", LOOSE_TEXT, False, "", "Why, in the policy's own words; shown in the event.", words=", because {}"
)
_TIMING = (
    Parameter(
        "priority_flag",
        LOOSE_TEXT,
        False,
        "HIGH = 10, LOW = 1, any other text = 5",
        "Priority that the payment gets first, and keeps even if it is not released.",
        words=", with {} priority",
    ),
    Parameter(
        "timed_for_tick",
        NUMBER,
        False,
        "tick, truncated",
        "Earlier than this tick nothing happens, and the payment is judged again in the next.",
        words=", not before tick {}",
    ),
)
_NUM_SPLITS = Parameter("num_splits", NUMBER, True, _A_COUNT, "Number of children; fewer than 2 ends the run.")
_AMOUNT = Parameter("amount", NUMBER, True, _IN_CENTS, "How much; zero or less means hold.")
_KEY = Parameter("key", TEXT, True, "", "Name of the register: any identifier; at most 10 in a document.")
_REGISTER_REASON = Parameter("reason", TEXT, False, "", "Why; shown in the event.", words=", because {}")

_PAYMENT = (PAYMENT_TREE,)
_BANK = (BANK_TREE,)
_COLLATERAL = (STRATEGIC_TREE, END_OF_TICK_TREE)

ACTIONS: Final[dict[str, Action]] = {
    action.name: action
    for action in (
        Action("Release", _PAYMENT, _TIMING, "Submit the payment for settlement, budget permitting.", "release it"),
        Action("ReleaseWithCredit", _PAYMENT, _TIMING, "The same as Release.", "release it, on credit if need be"),
        Action(
            "Split",
            _PAYMENT,
            (_NUM_SPLITS,),
            "Replace the payment by equal children (the last takes the rest), all submitted now.",
            "split it into {num_splits} and release all parts",
        ),
        Action(
            "PaceAndRelease",
            _PAYMENT,
            (_NUM_SPLITS,),
            "The same as Split.",
            "split it into {num_splits} and release all parts",
        ),
        Action(
            "StaggerSplit",
            _PAYMENT,
            (
                _NUM_SPLITS,
                Parameter("stagger_first_now", NUMBER, True, _A_COUNT, "Children submitted now; at most num_splits."),
                Parameter("stagger_gap_ticks", NUMBER, True, _IN_TICKS, "Ticks between the others; 0: all next tick."),
                Parameter(
                    "priority_boost_children", NUMBER, True, "0 to 255, truncated", "Added to the priority, up to 10."
                ),
            ),
            "Split the payment; some children are submitted now, the others wait their turn in Queue 1.",
            "split it into {num_splits}, release {stagger_first_now} now and one every {stagger_gap_ticks} ticks, "
            "priority raised by {priority_boost_children}",
        ),
        Action("Hold", (PAYMENT_TREE, BANK_TREE), (_REASON,), "Keep waiting. In a bank tree: NoAction.", "hold it"),
        Action("Drop", _PAYMENT, (_REASON,), "Give the payment up for good.", "drop it"),
        Action(
            "Reprioritize",
            _PAYMENT,
            (Parameter("new_priority", NUMBER, True, "0 to 10, truncated", "The new priority."),),
            "Change the priority; the payment keeps waiting.",
            "set its priority to {new_priority}",
        ),
        Action(
            "WithdrawFromRtgs",
            _PAYMENT,
            (),
            "Take the payment out of Queue 2, back to the end of Queue 1.",
            "withdraw it from Queue 2",
        ),
        Action(
            "ResubmitToRtgs",
            _PAYMENT,
            (
                Parameter(
                    "rtgs_priority",
                    TEXT,
                    True,
                    "",
                    "RTGS priority of its next submission.",
                    ("HighlyUrgent", "Urgent", "Normal"),
                ),
            ),
            "Declare an RTGS priority; a payment in Queue 2 goes back to Queue 1 with it.",
            "submit it anew as {rtgs_priority}",
        ),
        Action(
            "PostCollateral",
            _COLLATERAL,
            (
                _AMOUNT,
                _REASON,
                Parameter(
                    "auto_withdraw_after_ticks",
                    NUMBER,
                    False,
                    _IN_TICKS,
                    "Take it back after so many ticks; zero or less: never.",
                    words=", and take it back after {} ticks",
                ),
            ),
            "Post collateral, as much as the capacity allows.",
            "post {amount}",
        ),
        Action(
            "WithdrawCollateral",
            _COLLATERAL,
            (_AMOUNT, _REASON),
            "Withdraw collateral, as much as the credit in use allows.",
            "withdraw {amount}",
        ),
        Action("HoldCollateral", _COLLATERAL, (), "Leave collateral as it is.", "leave collateral as it is"),
        Action(
            "SetReleaseBudget",
            _BANK,
            (
                Parameter("max_value_to_release", NUMBER, True, _IN_CENTS, "Most that may be released in this tick."),
                Parameter(
                    "focus_counterparties",
                    NAMES,
                    False,
                    "",
                    "Only these may be paid; an empty list means all.",
                    alias="focus_cpty_list",
                    words=", only to {}",
                ),
                Parameter(
                    "max_per_counterparty",
                    NUMBER,
                    False,
                    _IN_CENTS,
                    "Most that each of them may be paid in this tick.",
                    alias="max_per_cpty",
                    words=", at most {} to each of them",
                ),
            ),
            "Limit what may be released in this tick; a release beyond it is held with reason BudgetExhausted.",
            "release at most {max_value_to_release} in this tick",
        ),
        Action(
            "SetState",
            _BANK,
            (_KEY, Parameter("value", NUMBER, True, "any number", "Its new value."), _REGISTER_REASON),
            "Set a state register. Registers are cleared at the end of each day.",
            "remember {key} = {value}",
        ),
        Action(
            "AddState",
            _BANK,
            (_KEY, Parameter("value", NUMBER, True, "any number", "Added to it."), _REGISTER_REASON),
            "Add to a state register, which starts a day at 0.",
            "add {value} to {key}",
        ),
        Action("NoAction", _BANK, (), "Do nothing.", "do nothing"),
    )
}

REGISTERS_MAX: Final = 10
"""State registers of one agent (D41)."""

DEPTH_MAX: Final = 100
"""Depth of the deepest node; the root has depth 0."""

NODE_KINDS: Final[dict[str, str]] = {
    "condition": "condition (an expression), on_true and on_false (nodes).",
    "action": "action (its name) and parameters (name to value).",
    "sequence": "children (nodes), done one after the other; in the bank tree only.",
}


def actions_of(tree: str) -> list[str]:
    """Names of the actions that may stand in `tree`."""
    return [action.name for action in ACTIONS.values() if tree in action.trees]
