"""What an agent has and may spend (spec 01 §3 with D35, D36)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim_engine.core.ledger import Ledger

CENTS = st.integers(-(10**15), 10**15)
POSITIVE = st.integers(0, 10**15)
HAIRCUTS = st.sampled_from([0.0, 0.02, 0.1, 0.3333, 0.5, 0.95, 1.0]) | st.floats(0.0, 1.0)


def account(
    balance: int = 0,
    cap: int = 0,
    posted: int = 0,
    haircut: float = 0.02,
    capacity: int = -1,
    multilateral: int = -1,
    bilateral: dict[int, int] | None = None,
) -> Ledger:
    """A ledger whose agent 0 is as said; there are two others."""
    ledger = Ledger()
    ledger.add_agent("A", balance, cap, posted, haircut, capacity, -1, 1.0, multilateral)
    for name in ("B", "C"):
        ledger.add_agent(name, 0, 0, 0, 0.02, -1, -1, 1.0, -1)
    if bilateral is not None:
        ledger.set_bilateral_limits(0, bilateral)
    return ledger


@pytest.mark.parametrize(("balance", "available"), [(1_000_000, 1_696_000), (-200_000, 496_000), (-800_000, 0)])
def test_available_liquidity(balance: int, available: int) -> None:
    assert account(balance, 500_000, 200_000).available(0) == available


@given(CENTS, POSITIVE, POSITIVE, HAIRCUTS)
def test_available_liquidity_by_definition(balance: int, cap: int, posted: int, haircut: float) -> None:
    ledger = account(balance, cap, posted, haircut)
    value = math.floor(float(posted) * max(1.0 - haircut, 0.0))
    assert ledger.collateral_value(0) == value
    assert ledger.overdraft_limit[0] == value + cap
    assert ledger.credit_used(0) == max(-balance, 0)
    assert ledger.available(0) == max(balance, 0) + max(value + cap - max(-balance, 0), 0)


def test_limits_follow_cap_and_collateral() -> None:
    ledger = account(cap=100, posted=50, haircut=0.5)
    assert (ledger.available(0), ledger.capacity(0), ledger.remaining_capacity(0)) == (125, 1000, 950)
    ledger.change_cap(0, -60)
    assert (ledger.available(0), ledger.capacity(0), ledger.remaining_capacity(0)) == (65, 400, 350)
    ledger.change_posted(0, 51)
    assert (ledger.available(0), ledger.remaining_capacity(0)) == (90, 299)


def test_a_capacity_of_zero_is_a_limit() -> None:
    ledger = account(cap=100, posted=30, capacity=0)
    assert (ledger.capacity(0), ledger.remaining_capacity(0)) == (0, -30)


# ---- withdrawing collateral ----


@pytest.mark.parametrize(
    ("balance", "cap", "posted", "haircut", "free"),
    [
        (-500, 200, 1000, 0.02, 693),  # 1000 - ceil(300 / 0.98)
        (-1150, 200, 1000, 0.02, 30),
        (-1181, 200, 1000, 0.02, 0),
        (-200, 200, 1000, 0.02, 1000),
        (5, 0, 1000, 0.02, 1000),
        (-10_000, 0, 1000, 1.0, 1000),  # worthless collateral covers nothing, so all of it may go
    ],
)
def test_withdrawable_collateral(balance: int, cap: int, posted: int, haircut: float, free: int) -> None:
    assert account(balance, cap, posted, haircut).withdrawable(0) == free


@given(st.integers(-(10**15), 0), POSITIVE, POSITIVE, HAIRCUTS)
def test_what_stays_covers_the_credit_in_use(balance: int, cap: int, posted: int, haircut: float) -> None:
    ledger = account(balance, cap, posted, haircut)
    need = max(0, -balance - cap)
    share = 1.0 - haircut
    free = ledger.withdrawable(0)
    assert 0 <= free <= posted
    stays = posted - free
    if need == 0 or share <= 0.0:
        assert stays == 0
    elif free > 0:
        assert math.floor(float(stays) * share) >= need
        assert stays >= math.ceil(need / share)


def test_a_haircut_next_to_one_does_not_stop_the_run() -> None:
    # What would have to stay is then beyond 64 bits: nothing may go.
    assert account(-(10**6), 0, 10**15, math.nextafter(1.0, 0.0)).withdrawable(0) == 0


# ---- limits on outflow ----


def test_limits_are_inclusive_and_gross() -> None:
    ledger = account(multilateral=9, bilateral={1: 8})
    assert ledger.within_limits(0, 1, 8)
    assert not ledger.within_bilateral(0, 1, 9)
    assert ledger.within_multilateral(0, 9)
    ledger.record_outflow(0, 1, 5)
    assert not ledger.within_limits(0, 1, 4)
    assert ledger.within_limits(0, 2, 4)
    assert not ledger.within_limits(0, 2, 5)
    ledger.clear_outflows()
    assert ledger.within_limits(0, 1, 8)


def test_a_bilateral_limit_binds_one_direction_and_one_counterparty() -> None:
    ledger = account(bilateral={1: 0})
    assert not ledger.within_limits(0, 1, 1)
    assert ledger.within_limits(0, 2, 10**13)
    assert ledger.within_limits(1, 0, 10**13)


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 100))), st.integers(0, 400), st.integers(0, 400))
def test_outflows_add_up(payments: list[tuple[int, int]], bilateral: int, multilateral: int) -> None:
    ledger = account(multilateral=multilateral, bilateral={1: bilateral})
    paid = {1: 0, 2: 0}
    for other, amount in payments:
        within = (other != 1 or paid[1] + amount <= bilateral) and sum(paid.values()) + amount <= multilateral
        assert ledger.within_limits(0, other, amount) == within
        ledger.record_outflow(0, other, amount)
        paid[other] += amount
    assert ledger.total_outflow[0] == sum(paid.values())
