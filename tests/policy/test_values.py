"""Numbers and truth values: the tables of 05 §4, and random expressions against a second evaluator."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim_engine.policy import PolicyError, compile_policy
from paysim_engine.policy.nodes.values import COUNT_MAX, to_cents, to_count, to_priority
from tests.policy.worlds import RELEASE, World, bank_value, computed, document, field, literal, setting

INFINITE = computed("*", left=literal(1e308), right=literal(10))
UNDEFINED = computed("-", left=INFINITE, right=INFINITE)


def number(op: str, **operands: Any) -> float:
    return bank_value(computed(op, **operands))


def pair(op: str, left: float, right: float) -> float:
    return number(op, left=literal(left), right=literal(right))


def one(op: str, value: float) -> float:
    return number(op, value=literal(value))


def holds(condition: dict[str, Any]) -> bool:
    """Whether a condition holds in a bank tree."""
    tree = {
        "type": "condition",
        "condition": condition,
        "on_true": setting(literal(1)),
        "on_false": {"type": "action", "action": "NoAction"},
    }
    world = World(document(bank_tree=tree))
    world.run_bank()
    return world.register() == 1.0


def compare(op: str, left: Any, right: Any) -> bool:
    values = [value if isinstance(value, dict) else literal(value) for value in (left, right)]
    return holds({"op": op, "left": values[0], "right": values[1]})


def test_arithmetic_is_that_of_doubles() -> None:
    assert pair("+", 0.1, 0.2) == 0.1 + 0.2
    assert pair("-", 1, 3) == -2
    assert pair("*", 1e200, 1e200) == math.inf
    assert pair("/", 1, 3) == 1 / 3


def test_truth_values_are_numbers_in_expressions() -> None:
    assert pair("+", True, True) == 2.0
    assert bank_value(computed("-", left=literal(False), right=literal(1))) == -1.0


@pytest.mark.parametrize("divisor", [2.2e-16, -2.2e-16, 0.0])
def test_a_divisor_below_the_machine_precision_is_zero(divisor: float) -> None:
    world = World(
        document(bank_tree=setting(computed("/", left=literal(1), right={"param": "d"})), parameters={"d": divisor})
    )
    with pytest.raises(PolicyError, match="bank_tree, node bank_tree: division by zero"):
        world.run_bank()


def test_a_small_divisor_is_none_for_division_and_zero_for_div0() -> None:
    operands = {"numerator": literal(1), "denominator": literal(9e-10), "default": literal(7)}
    assert number("div0", **operands) == 7
    assert pair("/", 1, 9e-10) == 1 / 9e-10
    assert number("div0", **{**operands, "denominator": literal(1e-9)}) == 1 / 1e-9


def test_the_default_of_div0_is_evaluated_only_when_needed() -> None:
    failing = computed("/", left=literal(1), right={"param": "zero"})
    parameters = {"zero": 0}
    value = computed("div0", numerator=literal(6), denominator=literal(2), default=failing)
    assert bank_value(value, parameters=parameters) == 3
    value = computed("div0", numerator=literal(6), denominator=literal(0), default=failing)
    with pytest.raises(PolicyError):
        bank_value(value, parameters=parameters)


@pytest.mark.parametrize(
    ("value", "ceil", "floor", "rounded"),
    [
        (2.5, 3, 2, 3),
        (-2.5, -2, -3, -3),
        (0.49999999999999994, 1, 0, 0),
        (-0.5, 0, -1, -1),
        (1e300, 1e300, 1e300, 1e300),
        (7, 7, 7, 7),
    ],
)
def test_rounding(value: float, ceil: float, floor: float, rounded: float) -> None:
    assert (one("ceil", value), one("floor", value), one("round", value)) == (ceil, floor, rounded)


@pytest.mark.parametrize("op", ["ceil", "floor", "round", "abs"])
def test_rounding_keeps_infinity_and_nan(op: str) -> None:
    assert number(op, value=INFINITE) == math.inf
    assert math.isnan(number(op, value=UNDEFINED))


def test_nan_never_wins_max_and_min() -> None:
    assert number("max", values=[UNDEFINED, literal(-3), literal(-5)]) == -3
    assert number("min", values=[literal(3), UNDEFINED]) == 3
    assert number("max", values=[UNDEFINED]) == -math.inf
    assert number("min", values=[UNDEFINED]) == math.inf


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (literal(5), literal(0), literal(3), 3),
        (literal(-5), literal(0), literal(3), 0),
        (literal(2), literal(4), literal(3), 3),  # the upper bound has the last word
        (UNDEFINED, literal(0), literal(3), 0),
        (literal(5), UNDEFINED, literal(3), 3),
        (literal(5), literal(0), UNDEFINED, 5),
        (UNDEFINED, UNDEFINED, literal(3), 3),
    ],
)
def test_clamp(value: dict[str, Any], low: dict[str, Any], high: dict[str, Any], expected: float) -> None:
    assert number("clamp", value=value, min=low, max=high) == expected


def test_comparisons_have_an_absolute_tolerance() -> None:
    near, far = 1 + 9e-10, 1 + 2e-9
    assert compare("==", 1, near)
    assert not compare("!=", 1, near)
    assert compare("<", 1, near)
    assert compare(">=", 1, near)
    assert compare("<=", near, 1)
    assert not compare(">", 1, near)
    assert not compare("==", 1, far)
    assert compare("!=", 1, far)
    assert not compare(">=", 1, far)
    assert not compare("<=", far, 1)


def test_equal_infinities_are_neither_equal_nor_different() -> None:
    assert [compare(op, INFINITE, INFINITE) for op in ("==", "!=", "<", "<=", ">", ">=")] == [0, 0, 0, 1, 0, 1]


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">="])
def test_nan_compares_with_nothing(op: str) -> None:
    assert not compare(op, UNDEFINED, 1)
    assert not compare(op, UNDEFINED, UNDEFINED)


def test_connectives_stop_as_soon_as_they_are_decided() -> None:
    true = {"op": "==", "left": literal(1), "right": literal(1)}
    false = {"op": "not", "condition": true}
    failing = {"op": "==", "left": computed("/", left=literal(1), right=field("balance")), "right": literal(1)}
    assert not holds({"op": "and", "conditions": [true, false, failing]})
    assert holds({"op": "or", "conditions": [false, true, failing]})
    assert holds({"op": "and", "conditions": []})
    assert not holds({"op": "or", "conditions": []})
    with pytest.raises(PolicyError):
        holds({"op": "and", "conditions": [true, failing]})


@pytest.mark.parametrize(
    ("x", "cents", "count", "priority"),
    [
        (10.99, 10, 10, 10),
        (-10.99, -10, 0, 0),
        (0.99, 0, 0, 0),
        (math.nan, 0, 0, 0),
        (math.inf, 2**63 - 1, int(COUNT_MAX), 255),
        (-math.inf, -(2**63), 0, 0),
        (1e30, 2**63 - 1, int(COUNT_MAX), 255),
        (255.9, 255, 255, 255),
        (256.0, 256, 256, 255),
    ],
)
def test_conversions_truncate_and_saturate(x: float, cents: int, count: int, priority: int) -> None:
    assert (to_cents(x), to_count(x), to_priority(x)) == (cents, count, priority)


def test_the_first_form_that_fits_wins() -> None:
    both = {"value": 1, "field": "current_tick", "param": "p"}
    world = World(document(bank_tree=setting(computed("+", left=both, right=literal(0))), parameters={"p": 5})).at(3)
    world.run_bank()
    assert world.register() == 3  # in a computation a field comes first
    world = World(document(bank_tree=setting(both), parameters={"p": 5})).at(3)
    world.run_bank()
    assert world.register() == 1  # as a parameter of an action a literal does
    assert bank_value(computed("+", left={"field": 7, "param": "p"}, right=literal(0)), parameters={"p": 5}) == 5


# ---- random expressions against a second evaluator ----

PARAMETERS = {"p": 3.0, "q": -0.25}
NAMES = ("balance", "unsecured_cap", "current_tick", "posted_collateral")
LITERALS = st.one_of(
    st.integers(-5, 5),
    st.floats(-1e6, 1e6),
    st.sampled_from([0.5, -2.5, 1e-9, 5e-10, 1e308, -1e308, 0.1]),
    st.booleans(),
)
OPERATORS = ("+", "-", "*", "/", "max", "min", "ceil", "floor", "round", "abs", "clamp", "div0")


def computations(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    pairs = st.sampled_from(["+", "-", "*", "/"])
    return st.one_of(
        st.builds(lambda op, x, y: computed(op, left=x, right=y), pairs, inner, inner),
        st.builds(
            lambda op, xs: computed(op, values=xs),
            st.sampled_from(["max", "min"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda op, x: computed(op, value=x), st.sampled_from(["ceil", "floor", "round", "abs"]), inner),
        st.builds(lambda x, y, z: computed("clamp", value=x, min=y, max=z), inner, inner, inner),
        st.builds(lambda x, y, z: computed("div0", numerator=x, denominator=y, default=z), inner, inner, inner),
    )


LEAVES = st.one_of(
    st.builds(literal, LITERALS),
    st.builds(field, st.sampled_from(NAMES)),
    st.builds(lambda p: {"param": p}, st.sampled_from(sorted(PARAMETERS))),
)
VALUES = st.recursive(LEAVES, computations, max_leaves=12)


class DivisionByZeroError(Exception):
    """A division by zero in the second evaluator."""


def evaluate(value: dict[str, Any], fields: dict[str, float]) -> float:
    """The value by a plain reading of 05 §4, sharing nothing with the engine."""
    if "field" in value:
        return fields[value["field"]]
    if "param" in value:
        return PARAMETERS[value["param"]]
    if "value" in value:
        return float(value["value"])
    op, parts = value["compute"]["op"], value["compute"]
    numbers = {key: evaluate(part, fields) for key, part in parts.items() if key not in ("op", "values", "default")}
    if op in ("+", "-", "*"):
        left, right = numbers["left"], numbers["right"]
        return left + right if op == "+" else left - right if op == "-" else left * right
    if op == "/":
        if -2.220446049250313e-16 < numbers["right"] < 2.220446049250313e-16:
            raise DivisionByZeroError
        return numbers["left"] / numbers["right"]
    if op == "div0":
        small = -1e-9 < numbers["denominator"] < 1e-9
        return evaluate(parts["default"], fields) if small else numbers["numerator"] / numbers["denominator"]
    if op in ("max", "min"):
        known = [x for x in (evaluate(part, fields) for part in parts["values"]) if x == x]
        return max([-math.inf, *known]) if op == "max" else min([math.inf, *known])
    x = numbers["value"]
    if op == "clamp":
        low, high = numbers["min"], numbers["max"]
        x = max((y for y in (x, low) if y == y), default=math.nan)
        return min((y for y in (x, high) if y == y), default=math.nan)
    if op == "abs":
        return -x if x < 0 else x
    if not math.isfinite(x):
        return x
    if op == "round":
        whole, rest = divmod(abs(x), 1)
        return math.copysign(whole + (rest >= 0.5), x)
    return float(math.ceil(x)) if op == "ceil" else float(math.floor(x))


@given(VALUES, st.integers(-1000, 1000), st.integers(0, 1000), st.integers(0, 50), st.integers(0, 1000))
def test_random_values_agree_with_a_second_evaluator(
    value: dict[str, Any], balance: int, cap: int, tick: int, posted: int
) -> None:
    policy = compile_policy(document(bank_tree=setting(value), payment_tree=RELEASE, parameters=PARAMETERS))
    world = World(policy, opening_balance=balance, unsecured_cap=cap, posted_collateral=posted).at(tick)
    fields = dict(zip(NAMES, map(float, (balance, cap, tick, posted)), strict=True))
    try:
        expected = evaluate(value, fields)
    except DivisionByZeroError:
        with pytest.raises(PolicyError, match="division by zero"):
            world.run_bank()
        return
    world.run_bank()
    assert world.register() == expected or (math.isnan(expected) and math.isnan(world.register()))
