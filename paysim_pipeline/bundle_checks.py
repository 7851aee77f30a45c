"""Checks of a run bundle before it is loaded: would an accountant accept it?

Belongs here: structural laws that hold for every run, computed from the bundle's files alone. Does not belong here:
whether files are intact (`paysim_engine.bundle.read_bundle`), or the validation of single tables (dbt tests).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from paysim_engine.record.schema import CODES, EVENT_CODE

if TYPE_CHECKING:
    import duckdb

    from paysim_engine.bundle import Bundle


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        passed: whether the bundle may be loaded as far as this check goes.
        message: what was found, in words.
        figures: the numbers behind it.
    """

    passed: bool
    message: str
    figures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BundleCheck:
    """A check: its name, what it says when it passes, and how it is made."""

    name: str
    description: str
    check: Callable[["Bundle", "duckdb.DuckDBPyConnection"], Finding]


def _one(connection: "duckdb.DuckDBPyConnection", sql: str, values: list[Any]) -> tuple[Any, ...]:
    row = connection.execute(sql, values).fetchone()
    if row is None:
        raise AssertionError("an aggregate has one row")
    return row


def _money_conserved(bundle: "Bundle", connection: "duckdb.DuckDBPyConnection") -> Finding:
    """Σ balances = Σ opening balances + liquidity taken from pools − liquidity returned, after every tick."""
    ticks, wrong, first, gap = _one(
        connection,
        """
        with opening as (
            select sum(opening_balance) as total from read_parquet($1)
        ),
        moved as (
            select tick, sum(if(event_type = $4, amount, -amount)) as amount
            from read_parquet($3)
            where event_type in ($4, $5)
            group by tick
        ),
        held as (
            select tick, sum(balance) as total from read_parquet($2) group by tick
        ),
        gaps as (
            select
                held.tick,
                held.total - opening.total - coalesce(sum(moved.amount) over (order by held.tick), 0) as gap
            from held
            cross join opening
            left join moved on moved.tick = held.tick
        )
        select
            count(*),
            count(*) filter (where gap <> 0),
            min(tick) filter (where gap <> 0),
            coalesce(arg_min(gap, tick) filter (where gap <> 0), 0)::bigint
        from gaps
        """,
        [
            str(bundle.path("agents")),
            str(bundle.path("agent_ticks")),
            str(bundle.path("liquidity_events")),
            EVENT_CODE["LiquidityAllocation"],
            EVENT_CODE["LiquidityReturn"],
        ],
    )
    if wrong:
        message = f"after tick {first} the balances add up to {gap} cents more than was paid in ({wrong} such ticks)"
        return Finding(False, message, {"wrong_ticks": wrong, "first_wrong_tick": first, "gap_cents": gap})
    return Finding(True, f"the balances add up after each of {ticks} ticks", {"ticks": ticks})


def _nothing_lost(bundle: "Bundle", connection: "duckdb.DuckDBPyConnection") -> Finding:
    """Every payment that arrived is in exactly one place at the end.

    A payment that was split is in no place of its own: its children stand for what is left of it, whatever its status.
    """
    status = {name: code for code, name in enumerate(CODES["status"])}
    final = [status[name] for name in ("settled", "dropped", "split")]
    arrived, unknown, repeated, waiting, queued = _one(
        connection,
        """
        with arrivals as (
            select tx_no from read_parquet($1) where event_type = $4
        ),
        ends as (
            select * from read_parquet($2)
        ),
        split as (
            select distinct parent_tx_no as tx_no from ends where parent_tx_no is not null
        ),
        payments as (
            select
                tx_no,
                count(*) as places,
                count(*) filter (where not list_contains($5, status) and tx_no not in (from split)) as waiting
            from ends
            group by tx_no
        ),
        accounts as (
            select * from read_parquet($3)
        )
        select
            (select count(*) from arrivals),
            (
                select count(*)
                from (select tx_no from arrivals) as a
                full join payments as p using (tx_no)
                where a.tx_no is null or p.tx_no is null
            ),
            (select count(*) from payments where places > 1),
            (select coalesce(sum(waiting), 0) from payments)::bigint,
            (
                select coalesce(sum(queue1_size + queue2_size), 0)
                from accounts
                where tick = (select max(tick) from accounts)
            )::bigint
        """,
        [
            str(bundle.path("payment_events")),
            str(bundle.path("transactions")),
            str(bundle.path("agent_ticks")),
            EVENT_CODE["Arrival"],
            final,
        ],
    )
    figures = {"arrived": arrived, "unaccounted": unknown, "repeated": repeated, "waiting": waiting, "queued": queued}
    if unknown or repeated:
        return Finding(False, f"{unknown} payments without arrival or end, {repeated} with more than one end", figures)
    if waiting != queued:
        return Finding(False, f"{waiting} payments are unsettled, but the queues hold {queued}", figures)
    return Finding(True, f"all {arrived} payments are accounted for, {queued} of them in queues", figures)


def _has_events(bundle: "Bundle", connection: "duckdb.DuckDBPyConnection") -> Finding:
    """Something happened: a run without a single event would empty its scenario's models without a word."""
    files = bundle.manifest.files
    events = sum(entry.rows for name, entry in files.items() if name.endswith("_events"))
    return Finding(events > 0, f"{events} events", {"events": events})


CHECKS = (
    BundleCheck("money_conserved", "Settlement creates and destroys no cent.", _money_conserved),
    BundleCheck("nothing_lost", "Every payment is in exactly one place.", _nothing_lost),
    BundleCheck("has_events", "The run recorded something.", _has_events),
)
"""All checks, in the order in which they are made."""


def check_bundle(bundle: "Bundle", connection: "duckdb.DuckDBPyConnection | None" = None) -> dict[str, Finding]:
    """Make all checks of a bundle: name of the check -> what it found.

    Args:
        bundle: the bundle.
        connection: an open database to compute in, for whoever checks many bundles; by default one of its own.
    """
    import duckdb

    if connection is not None:
        return {check.name: check.check(bundle, connection) for check in CHECKS}
    with duckdb.connect() as own:
        return check_bundle(bundle, own)
