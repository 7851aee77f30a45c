"""Actions of payment and collateral trees, and the decisions they come to (05 §7.1, §7.2, D25)."""

from typing import Any

import pytest

from paysim_engine.core.codes import HIGHLY_URGENT, NORMAL, URGENT
from paysim_engine.policy import Policy, PolicyError, compile_policy
from paysim_engine.policy import decisions as d
from tests.policy.worlds import World, computed, document, field, literal

DYNAMIC_5 = computed("+", left=field("current_tick"), right=literal(5.9))
"""5.9 at tick 0, known only during the run."""


def payment(action: str, **parameters: Any) -> Policy:
    return compile_policy(document(payment_tree={"type": "action", "action": action, "parameters": parameters}))


def decided(action: str, **parameters: Any) -> d.PaymentDecision:
    world = World()
    return payment(action, **parameters).decide_payment(world.look(world.payment()))


def collateral(action: str, world: World | None = None, **parameters: Any) -> d.CollateralDecision:
    policy = compile_policy(
        document(strategic_collateral_tree={"type": "action", "action": action, "parameters": parameters})
    )
    return policy.decide_strategic((world or World()).look(-1))


@pytest.mark.parametrize("action", ["Release", "ReleaseWithCredit"])
def test_a_plain_release_need_not_be_asked(action: str) -> None:
    policy = payment(action, comment=literal("unknown, and ignored by the compiler"))
    assert policy.releases_everything
    assert not policy.acts_on_queue2
    assert decided(action).kind == d.RELEASE
    assert decided(action).priority_override == -1
    assert decided(action).target_tick == -1


@pytest.mark.parametrize(
    ("flag", "priority"), [("HIGH", 10), ("MEDIUM", 5), ("LOW", 1), ("high", 5), ("", 5), (7, -1), (None, -1)]
)
def test_priority_flags(flag: object, priority: int) -> None:
    assert decided("Release", priority_flag=literal(flag)).priority_override == priority
    assert payment("Release", priority_flag=literal(flag)).releases_everything == (priority == -1)


def test_a_flag_that_is_no_literal_counts_as_absent() -> None:
    assert decided("Release", priority_flag=field("priority")).priority_override == -1


@pytest.mark.parametrize(("tick", "expected"), [(literal(7.9), 7), (literal(-3), 0), (DYNAMIC_5, 5)])
def test_timed_release(tick: dict[str, Any], expected: int) -> None:
    decision = decided("Release", timed_for_tick=tick, priority_flag=literal("LOW"))
    assert (decision.kind, decision.target_tick, decision.priority_override) == (d.RELEASE, expected, 1)
    assert not payment("Release", timed_for_tick=tick).releases_everything


@pytest.mark.parametrize("action", ["Split", "PaceAndRelease"])
@pytest.mark.parametrize(("number", "expected"), [(literal(2.99), 2), (DYNAMIC_5, 5)])
def test_split(action: str, number: dict[str, Any], expected: int) -> None:
    decision = decided(action, num_splits=number)
    assert (decision.kind, decision.num_splits) == (d.SPLIT, expected)


@pytest.mark.parametrize("number", [literal(1.99), literal(-4), field("current_tick")])
def test_a_split_into_fewer_than_two_fails_when_it_is_reached(number: dict[str, Any]) -> None:
    policy = payment("Split", num_splits=number)
    assert policy.acts_on_queue2  # it ends the run for a payment in Queue 2 as well (D29)
    world = World()
    with pytest.raises(PolicyError, match="payment_tree, node payment_tree: num_splits must be at least 2, and is"):
        policy.decide_payment(world.look(world.payment()))


STAGGER = {
    "num_splits": literal(4),
    "stagger_first_now": literal(1),
    "stagger_gap_ticks": literal(2.5),
    "priority_boost_children": literal(300),
}


@pytest.mark.parametrize("change", [{}, {"num_splits": computed("+", left=field("current_tick"), right=literal(4))}])
def test_staggered_split(change: dict[str, Any]) -> None:
    decision = decided("StaggerSplit", **{**STAGGER, **change})
    assert decision.kind == d.STAGGER
    assert (decision.num_splits, decision.first_now, decision.gap, decision.boost) == (4, 1, 2, 255)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_splits": literal(1)}, "num_splits must be at least 2, and is 1"),
        ({"stagger_first_now": literal(5)}, r"stagger_first_now \(5\) cannot exceed num_splits \(4\)"),
        ({"stagger_first_now": DYNAMIC_5}, r"stagger_first_now \(5\) cannot exceed num_splits \(4\)"),
    ],
)
def test_a_staggered_split_that_makes_no_sense_fails(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        decided("StaggerSplit", **{**STAGGER, **change})


def test_all_parts_or_none_may_be_submitted_at_once() -> None:
    assert decided("StaggerSplit", **{**STAGGER, "stagger_first_now": literal(4)}).first_now == 4
    assert decided("StaggerSplit", **{**STAGGER, "stagger_first_now": literal(0)}).first_now == 0


@pytest.mark.parametrize(
    ("action", "kind", "default"), [("Hold", d.HOLD, "policy_decision"), ("Drop", d.DROP, "policy_drop")]
)
def test_reasons_are_the_policys_own_words(action: str, kind: int, default: str) -> None:
    for reason in ("InsufficientLiquidity", 'my "text" \\ é', ""):
        decision = decided(action, reason=literal(reason))
        assert (decision.kind, decision.reason) == (kind, reason)
    for absent in (literal(5), literal(None), field("balance")):
        assert decided(action, reason=absent).reason == default
    assert decided(action).reason == default


DYNAMIC_200 = computed("+", left=field("current_tick"), right=literal(200))


@pytest.mark.parametrize(
    ("number", "expected"), [(literal(3.9), 3), (literal(-1), 0), (literal(200), 10), (DYNAMIC_5, 5), (DYNAMIC_200, 10)]
)
def test_the_new_priority_is_capped(number: dict[str, Any], expected: int) -> None:
    decision = decided("Reprioritize", new_priority=number)
    assert (decision.kind, decision.new_priority) == (d.REPRIORITIZE, expected)


def test_actions_on_queue_2() -> None:
    assert decided("WithdrawFromRtgs").kind == d.WITHDRAW
    assert payment("WithdrawFromRtgs").acts_on_queue2
    for name, code in (("HighlyUrgent", HIGHLY_URGENT), ("Urgent", URGENT), ("Normal", NORMAL)):
        decision = decided("ResubmitToRtgs", rtgs_priority=literal(name))
        assert (decision.kind, decision.rtgs_priority) == (d.RESUBMIT, code)
        assert payment("ResubmitToRtgs", rtgs_priority=literal(name)).acts_on_queue2


def test_a_tree_that_can_fail_is_asked_about_queue_2() -> None:
    def dividing_by(divisor: dict[str, Any], **keys: Any) -> bool:
        quotient = computed("/", left=literal(1), right=divisor)
        action = {"type": "action", "action": "Reprioritize", "parameters": {"new_priority": quotient}}
        return compile_policy(document(payment_tree=action, **keys)).acts_on_queue2

    assert dividing_by(field("balance"))
    assert dividing_by({"param": "p"}, parameters={"p": 0})
    assert not dividing_by({"param": "p"}, parameters={"p": 2})


def test_without_a_payment_tree_everything_is_released() -> None:
    policy = compile_policy(document())
    world = World()
    assert policy.releases_everything
    assert policy.decide_payment(world.look(world.payment())).kind == d.RELEASE
    assert [policy.has_bank, policy.has_strategic, policy.has_end_of_tick] == [False] * 3


def test_branches_are_taken_by_their_condition() -> None:
    branch = {
        "type": "condition",
        "condition": {"op": ">=", "left": field("amount"), "right": literal(100)},
        "on_true": {"type": "action", "action": "Hold", "parameters": {"reason": literal("large")}},
        "on_false": {"type": "action", "action": "Hold", "parameters": {"reason": literal("small")}},
    }
    policy = compile_policy(document(payment_tree=branch))
    world = World()
    large, small = world.payment(amount=100), world.payment(amount=99)
    assert policy.decide_payment(world.look(large)).reason == "large"
    assert policy.decide_payment(world.look(small)).reason == "small"


# ---- collateral ----


@pytest.mark.parametrize(
    ("action", "kind"), [("PostCollateral", d.POST_COLLATERAL), ("WithdrawCollateral", d.WITHDRAW_COLLATERAL)]
)
def test_amounts_of_collateral_are_truncated(action: str, kind: int) -> None:
    decision = collateral(action, amount=literal(10.99), reason=literal("my words"))
    assert (decision.kind, decision.amount, decision.reason, decision.withdraw_after) == (kind, 10, "my words", -1)
    assert collateral(action, amount=literal(5)).reason == "policy_decision"


@pytest.mark.parametrize("action", ["PostCollateral", "WithdrawCollateral"])
@pytest.mark.parametrize("amount", [literal(0.99), literal(-5), computed("-", left=field("balance"), right=literal(1))])
def test_no_amount_means_hold(action: str, amount: dict[str, Any]) -> None:
    assert collateral(action, amount=amount).kind == d.HOLD_COLLATERAL


def test_other_parameters_are_not_evaluated_when_there_is_no_amount() -> None:
    failing = computed("/", left=literal(1), right=field("balance"))
    assert collateral("PostCollateral", amount=literal(0), auto_withdraw_after_ticks=failing).kind == d.HOLD_COLLATERAL
    with pytest.raises(PolicyError, match="strategic_collateral_tree"):
        collateral("PostCollateral", amount=literal(1), auto_withdraw_after_ticks=failing)


@pytest.mark.parametrize(("after", "expected"), [(2.7, 2), (0.5, 0), (0, -1), (-3, -1)])
def test_timers(after: float, expected: int) -> None:
    decision = collateral("PostCollateral", amount=literal(5), auto_withdraw_after_ticks=literal(after))
    assert decision.withdraw_after == expected


def test_a_tree_that_only_holds_need_not_be_asked() -> None:
    hold = {"type": "action", "action": "HoldCollateral"}
    policy = compile_policy(document(strategic_collateral_tree=hold, end_of_tick_collateral_tree=hold))
    assert [policy.has_strategic, policy.has_end_of_tick] == [False] * 2
    assert collateral("HoldCollateral").kind == d.HOLD_COLLATERAL


def test_the_end_of_tick_tree_is_its_own() -> None:
    def post(amount: int) -> dict[str, Any]:
        return {"type": "action", "action": "PostCollateral", "parameters": {"amount": literal(amount)}}

    policy = compile_policy(document(strategic_collateral_tree=post(1), end_of_tick_collateral_tree=post(2)))
    context = World().look(-1)
    assert policy.has_strategic
    assert policy.has_end_of_tick
    assert (policy.decide_strategic(context).amount, policy.decide_end_of_tick(context).amount) == (1, 2)
