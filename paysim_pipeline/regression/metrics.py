"""The figures of a run that a baseline keeps.

Belongs here: which they are, their units, and how they follow from a bundle. Does not belong here: what is done with
them. Sums are whole numbers, and a ratio is one division of two of them, so that a figure is the same to the last digit
wherever it is computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from paysim_engine.record.schema import CODES

if TYPE_CHECKING:
    import duckdb

    from paysim_engine.bundle import Bundle

Figure = int | float | None
"""A count, cents, a share, ticks; None where there is nothing to divide by."""

NETTING: Final = ("bilateral", "cycle", "multilateral", "entry_offset")
"""The mechanisms that settle payments together."""

TOLERANCES: Final[Mapping[str, int | float]] = {"count": 0, "cents": 0, "share": 1e-9, "ticks": 1e-9}
"""Unit -> how far a figure may be off its baseline, unless the baseline says otherwise. Whole numbers must agree."""


@dataclass(frozen=True)
class Metric:
    """A figure that is watched.

    Attributes:
        name: its name, in baselines and messages.
        unit: `count`, `cents`, `share` (of 1) or `ticks`.
        description: what it is.
    """

    name: str
    unit: str
    description: str


METRICS: Final = (
    Metric("payments", "count", "Payments that arrived; the parts of a split payment are not counted."),
    Metric("settled_payments", "count", "Payments that settled; a split one when its last part has."),
    Metric("overdue_payments", "count", "Payments and parts of payments that were late, settled since or not."),
    Metric("settlement_rate", "share", "Settled payments among those that arrived."),
    Metric("settled_value", "cents", "Value settled; of a split payment that of its parts."),
    Metric("total_cost", "cents", "All costs of all agents."),
    Metric("liquidity_cost", "cents", "Cost of overdrafts."),
    Metric("delay_cost", "cents", "Cost of waiting."),
    Metric("collateral_cost", "cents", "Cost of posted collateral."),
    Metric("penalty_cost", "cents", "Penalties of missed deadlines and at the end of the day."),
    Metric("split_friction_cost", "cents", "Cost of splitting payments."),
    Metric("liquidity_opportunity_cost", "cents", "Cost of liquidity that was brought from the pool."),
    Metric("lsm_settlements", "count", "Payments that liquidity saving settled together."),
    Metric("lsm_share", "share", "Value settled by liquidity saving, of all value settled."),
    Metric("mean_delay_ticks", "ticks", "Mean time from arrival to settlement of the payments that settled."),
    Metric("liquidity_used", "cents", "The largest net debit of each agent and day (spec 12), added up."),
    Metric("events", "count", "Events recorded."),
)
"""All of them, in the order in which they are shown."""

COSTS: Final = (
    "liquidity_cost",
    "delay_cost",
    "collateral_cost",
    "penalty_cost",
    "split_friction_cost",
    "liquidity_opportunity_cost",
)

# Each cent once: of a split payment its parts count, never itself. The payments of a tick are netted first.
_SETTLED: Final = """
    with settled as (
        select
            sender_no,
            receiver_no,
            amount,
            settlement_tick,
            settlement_tick // $ticks_per_day as day,
            settled_via
        from read_parquet($transactions)
        where settlement_tick is not null and not list_contains($wholes, status) and settled_via <> $children
    ),
    sides as (
        select sender_no as agent_no, day, settlement_tick, amount as net_sent from settled
        union all
        select receiver_no as agent_no, day, settlement_tick, -amount as net_sent from settled
    ),
    ticks as (
        select agent_no, day, settlement_tick, sum(net_sent) as net_sent from sides group by all
    ),
    paths as (
        select
            agent_no,
            day,
            sum(net_sent) over (partition by agent_no, day order by settlement_tick) as net_debit
        from ticks
    ),
    peaks as (
        select greatest(max(net_debit), 0) as net_debit from paths group by agent_no, day
    )
    select
        (select coalesce(sum(amount), 0) from settled) as settled_value,
        (select coalesce(sum(amount), 0) from settled where list_contains($netting, settled_via)) as lsm_value,
        (select coalesce(sum(net_debit), 0) from peaks) as liquidity_used
"""

_PAYMENTS: Final = """
    select
        count(*) filter (where overdue_since_tick is not null) as overdue_payments,
        coalesce(sum(settlement_tick - arrival_tick) filter (where status = $settled and parent_tx_no is null), 0)
            as delay,
        count(*) filter (where status = $settled and parent_tx_no is null) as settled
    from read_parquet($transactions)
"""


def measure(
    bundle: "Bundle", summary: Mapping[str, Any], lsm_settlements: int, connection: "duckdb.DuckDBPyConnection"
) -> dict[str, Figure]:
    """The watched figures of a run.

    Args:
        bundle: what the run recorded.
        summary: `Simulation.summary()` of the run.
        lsm_settlements: payments that liquidity saving settled together.
        connection: a database to compute in; nothing is kept in it.

    Returns:
        Name -> figure, in the order of `METRICS`.
    """
    mechanisms, statuses = CODES["mechanism"], CODES["status"]
    transactions = str(bundle.path("transactions"))
    settled = _row(
        connection,
        _SETTLED,
        {
            "transactions": transactions,
            "ticks_per_day": bundle.manifest.ticks_per_day,
            "wholes": [statuses.index("split"), statuses.index("partially_settled")],
            "children": mechanisms.index("children"),
            "netting": [mechanisms.index(name) for name in NETTING],
        },
    )
    payments = _row(connection, _PAYMENTS, {"transactions": transactions, "settled": statuses.index("settled")})
    sums = ", ".join(f"coalesce(sum({cost}), 0) as {cost}" for cost in COSTS)
    costs = _row(connection, f"select {sums} from read_parquet($costs)", {"costs": str(bundle.path("cost_events"))})
    figures: dict[str, Figure] = {
        "payments": summary["total_arrivals"],
        "settled_payments": summary["total_settlements"],
        "overdue_payments": payments["overdue_payments"],
        "settlement_rate": _ratio(summary["total_settlements"], summary["total_arrivals"]),
        "settled_value": settled["settled_value"],
        "total_cost": summary["total_cost"],
        **costs,
        "lsm_settlements": lsm_settlements,
        "lsm_share": _ratio(settled["lsm_value"], settled["settled_value"]),
        "mean_delay_ticks": _ratio(payments["delay"], payments["settled"]),
        "liquidity_used": settled["liquidity_used"],
        "events": summary["events"],
    }
    return {metric.name: figures[metric.name] for metric in METRICS}


def _row(connection: "duckdb.DuckDBPyConnection", sql: str, values: Mapping[str, Any]) -> dict[str, int]:
    result = connection.execute(sql, dict(values))
    row = result.fetchone()
    if row is None:
        raise AssertionError("an aggregate has one row")
    return {column[0]: int(value) for column, value in zip(result.description, row, strict=True)}


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
