"""The scenarios of published experiments, as mappings (spec 08).

Belongs here: the set-ups. Does not belong here: the published numbers.
"""

from tests.support.scenarios import Data, payment

POOL = 100_000


def initial_liquidity_game(ticks: int, bps: int, payments: list[Data], fractions: dict[str, float | None]) -> Data:
    """Banks that choose how much of their pool to bring in; pure gross settlement, credits usable a tick later."""
    agents = []
    for name, fraction in fractions.items():
        agent: Data = {"id": name, "opening_balance": 0, "unsecured_cap": 0, "liquidity_pool": POOL}
        if fraction is not None:
            agent["liquidity_allocation_fraction"] = fraction
        agents.append(agent)
    return {
        "simulation": {"ticks_per_day": ticks, "num_days": 1, "rng_seed": 42},
        "deferred_crediting": True,
        "deadline_cap_at_eod": True,
        "cost_rates": {
            "liquidity_cost_per_tick_bps": bps,
            "delay_cost_per_tick_per_cent": 0.2,
            "overdraft_bps_per_tick": 0,
            "collateral_cost_per_tick_bps": 0,
            "eod_penalty_per_transaction": 100_000,
            "deadline_penalty": 50_000,
            "split_friction_cost": 0,
        },
        "lsm_config": {"enable_bilateral": False, "enable_cycles": False},
        "agents": agents,
        "scenario_events": payments,
    }


def two_periods(a: float | None, b: float | None) -> Data:
    """The asymmetric game of two periods (08 §2); a and b are the shares of the pool that are brought in."""
    payments = [
        payment("BANK_A", "BANK_B", 15_000, 1, deadline=2),
        payment("BANK_B", "BANK_A", 15_000, 0, deadline=2),
        payment("BANK_B", "BANK_A", 5_000, 1, deadline=2),
    ]
    return initial_liquidity_game(2, 500, payments, {"BANK_A": a, "BANK_B": b})


def three_periods(a: float | None, b: float | None) -> Data:
    """The symmetric game of three periods (08 §3)."""
    payments = [
        payment(payer, payee, 20_000, tick, deadline=2)
        for tick in (0, 1)
        for payer, payee in (("BANK_A", "BANK_B"), ("BANK_B", "BANK_A"))
    ]
    return initial_liquidity_game(3, 333, payments, {"BANK_A": a, "BANK_B": b})


def stochastic(
    banks: int, ticks: int, bps: int, offsets: tuple[int, int], fraction: float, penalties: tuple[int, int]
) -> Data:
    """Identical banks with random payments (08 §§4, 6): `penalties` are those of a deadline and of the end of day."""
    names = [f"BANK_{chr(ord('A') + i)}" for i in range(banks)]
    game = initial_liquidity_game(ticks, bps, [], dict.fromkeys(names, fraction))
    game["cost_rates"]["deadline_penalty"], game["cost_rates"]["eod_penalty_per_transaction"] = penalties
    for agent in game["agents"]:
        agent["liquidity_pool"] = 10 * POOL
        agent["arrival_config"] = {
            "rate_per_tick": 2.0,
            "amount_distribution": {"type": "LogNormal", "mean": 10_000, "std_dev": 5_000},
            "counterparty_weights": {name: 1.0 for name in names if name != agent["id"]},
            "deadline_range": list(offsets),
        }
    return game


def liquidity_delay_tradeoff(fraction: float) -> Data:
    """The trade-off between liquidity and delay (08 §5)."""
    return {
        "simulation": {"ticks_per_day": 3, "num_days": 1, "rng_seed": 42},
        "lsm_config": {
            "enable_bilateral": True,
            "enable_cycles": False,
            "max_cycle_length": 3,
            "max_cycles_per_tick": 1,
        },
        "cost_rates": {
            "delay_cost_per_tick_per_cent": 0.01,
            "priority_delay_multipliers": {
                "urgent_multiplier": 1.5,
                "normal_multiplier": 1.0,
                "low_multiplier": 0.5,
            },
            "liquidity_cost_per_tick_bps": 150,
            "overdraft_bps_per_tick": 0,
            "collateral_cost_per_tick_bps": 0,
            "eod_penalty_per_transaction": 0,
            "deadline_penalty": 0,
            "split_friction_cost": 0,
            "overdue_delay_multiplier": 1.0,
        },
        "agents": [
            {
                "id": "FOCAL_BANK",
                "opening_balance": 0,
                "liquidity_pool": 1_000_000,
                "liquidity_allocation_fraction": fraction,
            },
            {"id": "COUNTERPARTY", "opening_balance": 10_000_000},
        ],
        "scenario_events": [
            payment("COUNTERPARTY", "FOCAL_BANK", 500_000, 0, priority=5, deadline=5),
            payment("COUNTERPARTY", "FOCAL_BANK", 500_000, 0, priority=5, deadline=5),
            payment("FOCAL_BANK", "COUNTERPARTY", 500_000, 1, priority=5, deadline=4),
            payment("FOCAL_BANK", "COUNTERPARTY", 1_000_000, 2, priority=9, deadline=4),
        ],
    }
