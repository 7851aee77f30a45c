"""`paysim events`: the events of a stored run, with filters.

Belongs here: checking the filters and laying out events. Does not belong here: finding them
(`paysim_pipeline.warehouse.queries`), or writing whole streams to files (`event_files`).
"""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import completion, options, output
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError
from paysim_pipeline.cli.filters import known_types, payment_id
from paysim_pipeline.cli.runs import Run, check_agent, find_run

if TYPE_CHECKING:
    import duckdb

_SORTS = ("tick_asc", "tick_desc")
_PAGE_MAX = 2**63 - 1
"""The database counts no further."""


def events(
    run: Run,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            autocompletion=completion.event_types,
            help="Only this type; may be given several times, or with commas.",
        ),
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            metavar="NAME",
            autocompletion=completion.agents,
            help="Only events in which this bank has any part.",
        ),
    ] = None,
    payment: Annotated[
        str | None,
        typer.Option("--tx", metavar="ID", help="Only events that name this payment; netting and splits included."),
    ] = None,
    tick: Annotated[int | None, typer.Option("--tick", metavar="T", min=0, help="Only this tick.")] = None,
    from_tick: Annotated[
        int | None, typer.Option("--from-tick", metavar="T", min=0, help="This tick and later.")
    ] = None,
    to_tick: Annotated[int | None, typer.Option("--to-tick", metavar="T", min=0, help="This tick and earlier.")] = None,
    day: Annotated[int | None, typer.Option("--day", metavar="D", min=0, help="Only this day.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show so many at most.")] = 100,
    offset: Annotated[int, typer.Option("--offset", metavar="N", min=0, help="Skip so many.")] = 0,
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            metavar="ORDER",
            autocompletion=completion.sorts,
            help="tick_asc (as it happened) or tick_desc.",
        ),
    ] = _SORTS[0],
    database: options.Database = None,
    as_json: options.AsJson = False,
) -> None:
    """Show events of a run.

    All filters must hold.

    Example: paysim events gridlock --tx tx_00000000

    Example: paysim events liquidity_stress --type PolicyHold --agent METRO --day 1
    """
    if sort not in _SORTS:
        raise CommandError(f"--sort {sort}: there are {' and '.join(_SORTS)}", BAD_USAGE)
    if from_tick is not None and to_tick is not None and from_tick > to_tick:
        raise CommandError(f"--from-tick {from_tick} is after --to-tick {to_tick}", BAD_USAGE)
    wanted_types = known_types("--type", types) if types else None
    payment_id("--tx", payment)
    from paysim_pipeline import overview
    from paysim_pipeline.warehouse import queries
    from paysim_pipeline.warehouse.connection import reader

    settings = options.settings_from(database)
    with reader(settings) as connection:
        found = find_run(overview.runs(connection), run, str(settings.database))
        simulation_id = found["simulation_id"]
        check_agent(connection, simulation_id, agent)
        _check_payment(connection, simulation_id, payment)
        wanted = queries.EventFilter(
            tick=tick,
            tick_min=from_tick,
            tick_max=to_tick,
            day=day,
            types=wanted_types,
            party=agent,
            payment=payment,
        )
        page, total = queries.search_events(
            connection,
            simulation_id,
            wanted,
            limit=min(limit, _PAGE_MAX),
            offset=min(offset, _PAGE_MAX),
            latest_first=sort == "tick_desc",
        )
    if as_json:
        filters = {
            "type": wanted_types,
            "agent": agent,
            "tx": payment,
            "tick": tick,
            "from_tick": from_tick,
            "to_tick": to_tick,
            "day": day,
            "sort": sort,
        }
        output.print_json({"events": page, "total": total, "limit": limit, "offset": offset, "filters": filters})
        return
    if page:
        rows = [
            (
                str(event["event_seq"]),
                str(event["tick"]),
                str(event["day"]),
                event["event_type"],
                event["agent_id"] or "",
                event["tx_id"] or "",
                _in_short(event),
            )
            for event in page
        ]
        columns = ("event", "tick", "day", "type", "agent", "payment", "details")
        output.show(output.table(columns, rows, right=("event", "tick", "day")))
    output.note(_how_many(len(page), total, offset))


def _check_payment(connection: "duckdb.DuckDBPyConnection", simulation_id: str, payment: str | None) -> None:
    """Refuse the id of a payment that is not there: an empty answer would look like an answer.

    Raises:
        CommandError: there is no such payment.
    """
    if payment is None:
        return
    stored = connection.execute(
        "select count(*) from raw.transactions where simulation_id = ? and printf('tx_%08d', tx_no) = ?",
        [simulation_id, payment],
    ).fetchone()
    if not stored or not stored[0]:
        raise CommandError(f"{payment}: {simulation_id} has no such payment; their ids are like tx_00000000")


def _in_short(event: dict[str, Any]) -> str:
    """The details of an event in a line, without what stands in columns of its own."""
    details = {name: value for name, value in event["details"].items() if name not in ("agent_id", "tx_id")}
    # The paying bank is the one that the event is about.
    return " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in details.items()
        if name not in ("sender_id", "sender") or value != event["agent_id"]
    )


def _how_many(shown: int, total: int, offset: int) -> str:
    if not total:
        return "no events fit"
    if not shown:
        return f"{output.count(total)} events fit, all before --offset {offset}"
    if shown == total:
        return f"{output.count(total)} events"
    return (
        f"events {output.count(offset + 1)} to {output.count(offset + shown)} of {output.count(total)}; "
        "--offset and --limit show others"
    )
