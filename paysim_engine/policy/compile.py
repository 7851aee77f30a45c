"""From a checked document to a compiled policy (05, D28, D29).

Belongs here: choosing and connecting the nodes. Names, parameters and ids are looked up now, so that nothing is looked
up during a run. Does not belong here: the checks (`validate`), and what the nodes do (`nodes`).
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from paysim_engine.core.codes import HIGHLY_URGENT, NORMAL, URGENT
from paysim_engine.policy import decisions as d
from paysim_engine.policy.document import (
    ACTION_ORDER,
    EXPRESSION_ORDER,
    child_id,
    form_of,
    registers_read,
    registers_set,
    text_of,
)
from paysim_engine.policy.fields import BANK_TREE, END_OF_TICK_TREE, PAYMENT_TREE, REGISTER_PREFIX, STRATEGIC_TREE
from paysim_engine.policy.nodes import conditions, values
from paysim_engine.policy.nodes.bank_fields import BANK_FIELDS
from paysim_engine.policy.nodes.bank_tree import (
    ActionSequence,
    BankBranch,
    BankNode,
    NoAction,
    RegisterChange,
    ReleaseBudget,
    Step,
)
from paysim_engine.policy.nodes.collateral_tree import (
    CollateralBranch,
    CollateralHold,
    CollateralNode,
    Posting,
    Withdrawal,
)
from paysim_engine.policy.nodes.conditions import Condition
from paysim_engine.policy.nodes.counterparty_fields import RECEIVER_FIELDS, ranked_fields
from paysim_engine.policy.nodes.payment_fields import PAYMENT_FIELDS
from paysim_engine.policy.nodes.payment_tree import (
    FixedDecision,
    PaymentBranch,
    PaymentNode,
    Reprioritization,
    Split,
    StaggeredSplit,
    TimedRelease,
)
from paysim_engine.policy.nodes.system_fields import SYSTEM_FIELDS, penalty_fields
from paysim_engine.policy.nodes.values import Constant, Value
from paysim_engine.policy.trees import Policy
from paysim_engine.policy.validate import check_document

# Nodes of fields hold nothing, so that all policies share them.
_COMMON: Final[dict[str, Value]] = {name: make() for name, make in {**BANK_FIELDS, **SYSTEM_FIELDS}.items()}
_FIELDS: Final[dict[str, dict[str, Value]]] = {
    PAYMENT_TREE: {
        **_COMMON,
        **{name: make() for name, make in {**PAYMENT_FIELDS, **RECEIVER_FIELDS}.items()},
        **ranked_fields(),
    },
    # In these trees there is no payment, or a placeholder of 1 cent (05 §5).
    BANK_TREE: {**_COMMON, **penalty_fields(0)},
    STRATEGIC_TREE: {**_COMMON, **penalty_fields(1)},
    END_OF_TICK_TREE: {**_COMMON, **penalty_fields(1)},
}

_COMPARISONS: Final[dict[str, type[conditions.Comparison]]] = {
    "==": conditions.Equal,
    "!=": conditions.Unequal,
    "<": conditions.Less,
    "<=": conditions.LessOrEqual,
    ">": conditions.Greater,
    ">=": conditions.GreaterOrEqual,
}
_BINARY: Final = {"+": values.Sum, "-": values.Difference, "*": values.Product}
_UNARY: Final = {"ceil": values.Ceiling, "floor": values.Floor, "round": values.Rounded, "abs": values.Magnitude}
_RTGS: Final = {"HighlyUrgent": HIGHLY_URGENT, "Urgent": URGENT, "Normal": NORMAL}


def compile_policy(document: dict[str, Any]) -> Policy:
    """Compiles a document that `check_document` accepts.

    Raises:
        ValueError: The document is not valid; the message lists its problems.
    """
    try:
        return _Compiler(document).policy()
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        problems = check_document(document)
        if not problems:
            raise
        lines = [f"{path}: {message}. {hint}".rstrip() for path, message, hint in problems]
        raise ValueError("\n".join(["the policy document is not valid", *lines])) from error


def _literal(values: Sequence[Value]) -> list[float] | None:
    """The numbers of parameters that are all constant; None if one is not."""
    numbers = [value.number for value in values if isinstance(value, Constant)]
    return numbers if len(numbers) == len(values) else None


class _Compiler:
    """One pass over one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.parameters = {name: float(number) for name, number in document.get("parameters", {}).items()}
        self.register_names = registers_set(document)
        self.slots = {name: slot for slot, name in enumerate(self.register_names)}
        self.tree = ""
        self.node = ""
        self.can_fail = False
        """Whether something compiled so far may raise a `PolicyError`."""
        self.acts_on_queue2 = False

    def policy(self) -> Policy:
        """The whole policy."""
        payment = bank = strategic = end_of_tick = None
        root = self.enter(PAYMENT_TREE)
        if root is not None:
            payment = self.payment_node(root, PAYMENT_TREE)
        acts_on_queue2 = self.acts_on_queue2 or self.can_fail
        root = self.enter(BANK_TREE)
        if root is not None:
            bank = self.bank_node(root, BANK_TREE, None)
        root = self.enter(STRATEGIC_TREE)
        if root is not None:
            strategic = self.collateral_node(root, STRATEGIC_TREE)
        root = self.enter(END_OF_TICK_TREE)
        if root is not None:
            end_of_tick = self.collateral_node(root, END_OF_TICK_TREE)
        return Policy(
            self.document["policy_id"],
            payment,
            bank,
            strategic,
            end_of_tick,
            self.register_names,
            payment is None or _is_plain_release(payment),
            acts_on_queue2,
        )

    def enter(self, tree: str) -> dict[str, Any] | None:
        """Turn to a tree."""
        self.tree = tree
        root: dict[str, Any] | None = self.document.get(tree)
        return root

    # ---- payment tree ----

    def payment_node(self, node: dict[str, Any], path: str) -> PaymentNode:
        if node["type"] == "condition":
            return PaymentBranch(
                self.branch(node, path),
                self.payment_node(node["on_true"], child_id(path, "on_true")),
                self.payment_node(node["on_false"], child_id(path, "on_false")),
            )
        self.node = node.get("node_id", path)
        parameters = node.get("parameters", {})
        return _PAYMENT_ACTIONS[node["action"]](self, parameters)

    def release(self, parameters: dict[str, Any]) -> PaymentNode:
        override = -1
        flag = text_of(parameters.get("priority_flag"))
        if flag is not None:
            override = {"HIGH": 10, "LOW": 1}.get(flag, 5)
        decision = d.PaymentDecision(d.RELEASE)
        decision.priority_override = override
        if "timed_for_tick" in parameters:
            tick = self.number(parameters["timed_for_tick"])
            if not isinstance(tick, Constant):
                return TimedRelease(override, tick)
            decision.target_tick = values.to_count(tick.number)
        return FixedDecision(decision)

    def split(self, parameters: dict[str, Any]) -> PaymentNode:
        num_splits = self.number(parameters["num_splits"])
        numbers = _literal([num_splits])
        if numbers is None or values.to_count(numbers[0]) < 2:
            self.can_fail = True
            return Split(num_splits, self.tree, self.node)
        decision = d.PaymentDecision(d.SPLIT)
        decision.num_splits = values.to_count(numbers[0])
        return FixedDecision(decision)

    def stagger(self, parameters: dict[str, Any]) -> PaymentNode:
        num_splits = self.number(parameters["num_splits"])
        first_now = self.number(parameters["stagger_first_now"])
        gap = self.number(parameters["stagger_gap_ticks"])
        boost = self.number(parameters["priority_boost_children"])
        numbers = _literal([num_splits, first_now, gap, boost])
        if numbers is not None:
            decision = d.PaymentDecision(d.STAGGER)
            decision.num_splits = values.to_count(numbers[0])
            decision.first_now = values.to_count(numbers[1])
            decision.gap = values.to_count(numbers[2])
            decision.boost = values.to_priority(numbers[3])
            if 2 <= decision.num_splits >= decision.first_now:
                return FixedDecision(decision)
        self.can_fail = True
        return StaggeredSplit(num_splits, first_now, gap, boost, self.tree, self.node)

    def hold(self, parameters: dict[str, Any]) -> PaymentNode:
        return FixedDecision(d.PaymentDecision(d.HOLD, _reason(parameters, d.DEFAULT_REASON)))

    def drop(self, parameters: dict[str, Any]) -> PaymentNode:
        return FixedDecision(d.PaymentDecision(d.DROP, _reason(parameters, d.DEFAULT_DROP_REASON)))

    def reprioritize(self, parameters: dict[str, Any]) -> PaymentNode:
        priority = self.number(parameters["new_priority"])
        if not isinstance(priority, Constant):
            return Reprioritization(priority)
        decision = d.PaymentDecision(d.REPRIORITIZE)
        decision.new_priority = min(values.to_priority(priority.number), 10)
        return FixedDecision(decision)

    def withdraw(self, parameters: dict[str, Any]) -> PaymentNode:
        self.acts_on_queue2 = True
        return FixedDecision(d.PaymentDecision(d.WITHDRAW))

    def resubmit(self, parameters: dict[str, Any]) -> PaymentNode:
        self.acts_on_queue2 = True
        decision = d.PaymentDecision(d.RESUBMIT)
        decision.rtgs_priority = _RTGS[parameters["rtgs_priority"]["value"]]
        return FixedDecision(decision)

    # ---- collateral trees ----

    def collateral_node(self, node: dict[str, Any], path: str) -> CollateralNode:
        if node["type"] == "condition":
            return CollateralBranch(
                self.branch(node, path),
                self.collateral_node(node["on_true"], child_id(path, "on_true")),
                self.collateral_node(node["on_false"], child_id(path, "on_false")),
            )
        self.node = node.get("node_id", path)
        if node["action"] == "HoldCollateral":
            return CollateralHold()
        parameters = node.get("parameters", {})
        amount = self.number(parameters["amount"])
        reason = _reason(parameters, d.DEFAULT_REASON)
        if node["action"] == "WithdrawCollateral":
            return Withdrawal(amount, reason)
        after = parameters.get("auto_withdraw_after_ticks")
        return Posting(amount, reason, None if after is None else self.number(after))

    # ---- bank tree ----

    def bank_node(self, node: dict[str, Any], path: str, before: Step | None) -> BankNode:
        name = node.get("node_id", path)
        if node["type"] == "condition":
            condition = self.branch(node, path)
            return BankBranch(
                condition,
                self.bank_node(node["on_true"], child_id(path, "on_true"), Step(f"{name}(true)", before)),
                self.bank_node(node["on_false"], child_id(path, "on_false"), Step(f"{name}(false)", before)),
            )
        if node["type"] == "sequence":
            return ActionSequence(
                [
                    self.bank_node(child, child_id(path, "children", i), Step(f"{name}[{i}]", before))
                    for i, child in enumerate(node["children"])
                ]
            )
        self.node = name
        parameters = node.get("parameters", {})
        if node["action"] == "SetReleaseBudget":
            return self.budget(parameters)
        if node["action"] in ("SetState", "AddState"):
            key = parameters["key"]["value"]
            reason = _reason(parameters, d.DEFAULT_REGISTER_REASON)
            number = self.number(parameters["value"])
            adds = node["action"] == "AddState"
            return RegisterChange(key, self.slots[key], number, adds, reason, Step(name, before))
        return NoAction()

    def budget(self, parameters: dict[str, Any]) -> BankNode:
        max_value = self.number(parameters["max_value_to_release"])
        focus = parameters.get("focus_counterparties", parameters.get("focus_cpty_list"))
        limit = parameters.get("max_per_counterparty", parameters.get("max_per_cpty"))
        names = None if focus is None else focus["value"]
        return ReleaseBudget(max_value, names or None, None if limit is None else self.number(limit))

    # ---- conditions and values ----

    def branch(self, node: dict[str, Any], path: str) -> Condition:
        """The condition of a condition node."""
        self.node = node.get("node_id", path)
        return self.condition(node["condition"])

    def condition(self, expression: dict[str, Any]) -> Condition:
        op = expression["op"]
        if op == "not":
            return conditions.Negation(self.condition(expression["condition"]))
        if op in ("and", "or"):
            parts = [self.condition(part) for part in expression["conditions"]]
            if not parts:
                return conditions.Always() if op == "and" else conditions.Never()
            return _nested(parts, conditions.Both if op == "and" else conditions.Either)
        return _COMPARISONS[op](self.value(expression["left"]), self.value(expression["right"]))

    def number(self, value: dict[str, Any]) -> Value:
        """A numeric parameter of an action."""
        return self.value(value, ACTION_ORDER)

    def value(self, value: dict[str, Any], order: Sequence[str] = EXPRESSION_ORDER) -> Value:
        form = form_of(value, order)
        if form == "field":
            return self.field(value["field"])
        if form == "param":
            return Constant(self.parameters[value["param"]])
        if form == "compute":
            return self.computation(value["compute"])
        return Constant(float(value["value"]))

    def field(self, name: str) -> Value:
        if not name.startswith(REGISTER_PREFIX):
            return _FIELDS[self.tree][name]
        slots = [self.slots[key] for key in registers_read(name) if key in self.slots]
        if len(slots) == 2:
            return values.EitherRegister(slots[0], slots[1])
        return values.Register(slots[0]) if slots else Constant(0.0)

    def computation(self, computation: dict[str, Any]) -> Value:
        op = computation["op"]
        if op in ("max", "min"):
            parts = [self.value(part) for part in computation["values"]]
            return values.Largest(parts) if op == "max" else values.Smallest(parts)
        if op in _UNARY:
            return _UNARY[op](self.value(computation["value"]))
        if op == "clamp":
            return values.Clamped(*(self.value(computation[key]) for key in ("value", "min", "max")))
        if op == "div0":
            return values.SafeQuotient(
                *(self.value(computation[key]) for key in ("numerator", "denominator", "default"))
            )
        left, right = self.value(computation["left"]), self.value(computation["right"])
        if op == "/":
            if not isinstance(right, Constant) or abs(right.number) < values.DIVISOR_MIN:
                self.can_fail = True
            return values.Quotient(left, right, self.tree, self.node)
        return _BINARY[op](left, right)


_PAYMENT_ACTIONS: Final = {
    "Release": _Compiler.release,
    "ReleaseWithCredit": _Compiler.release,
    "Split": _Compiler.split,
    "PaceAndRelease": _Compiler.split,
    "StaggerSplit": _Compiler.stagger,
    "Hold": _Compiler.hold,
    "Drop": _Compiler.drop,
    "Reprioritize": _Compiler.reprioritize,
    "WithdrawFromRtgs": _Compiler.withdraw,
    "ResubmitToRtgs": _Compiler.resubmit,
}


def _nested(parts: Sequence[Condition], pair: Callable[[Condition, Condition], Condition]) -> Condition:
    """Conditions in pairs of pairs, in their order: as deep as the logarithm of their number."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return pair(_nested(parts[:middle], pair), _nested(parts[middle:], pair))


def _reason(parameters: dict[str, Any], default: str) -> str:
    """The policy's own words, or the default."""
    reason = text_of(parameters.get("reason"))
    return default if reason is None else reason


def _is_plain_release(node: PaymentNode) -> bool:
    """Whether a tree is a single release without a flag or a time."""
    if not isinstance(node, FixedDecision):
        return False
    decision = node.decision
    return decision.kind == d.RELEASE and decision.priority_override < 0 and decision.target_tick < 0
