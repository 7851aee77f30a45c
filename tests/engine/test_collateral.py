"""Collateral over several ticks: timers (03 §3.4 with D35-D37)."""

from tests.support.runs import events_of, of_type, start
from tests.support.scenarios import GROSS, Data, bank, policy, tree, when, world


def posting_for_ten_ticks() -> Data:
    post = tree("PostCollateral", amount=1000, reason="PreemptivePosting", auto_withdraw_after_ticks=10)
    rule = policy(
        tree("Release"), strategic_collateral_tree=when("current_tick", "==", 0, post, tree("HoldCollateral"))
    )
    return world([bank("A", max_collateral_capacity=5000, policy=rule), bank("B")], [], ticks=20, lsm=GROSS)


def test_collateral_is_held_until_the_timer_fires() -> None:
    simulation = start(posting_for_ten_ticks())
    held = []
    for _ in range(12):
        simulation.step()
        held.append(int(simulation.state.ledger.posted[0]))
    assert held == [1000] * 10 + [0, 0]


def test_the_timer_has_its_event() -> None:
    events = events_of(posting_for_ten_ticks())
    (post,) = of_type(events, "CollateralPost")
    (withdrawn,) = of_type(events, "CollateralTimerWithdrawn")
    assert (post["tick"], post["withdraw_at_tick"]) == (0, 10)
    assert (withdrawn["tick"], withdrawn["amount"], withdrawn["posted_at_tick"]) == (10, 1000, 0)
    assert (withdrawn["original_reason"], withdrawn["layer"], withdrawn["posted_after"]) == (
        "PreemptivePosting",
        "timer",
        0,
    )
