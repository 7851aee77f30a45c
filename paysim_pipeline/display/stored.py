"""A run in the warehouse, as a source of a display.

Belongs here: raw rows back into the packed columns that the engine recorded. Does not belong here: what the columns
mean (`record.schema`), or how events look (`record.flat`).

The raw tables are read, not the view `simulation_events`: they are there as soon as a run is stored, before any model
has been built, and they hold the accounts of every tick too. A test proves that the view says the same.
"""

from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from paysim_engine.core.codes import NULL
from paysim_engine.record.batch import Batch
from paysim_engine.record.flat import payment_id
from paysim_engine.record.schema import EVENT_TYPES, FAMILIES, RECORDS, EventType, Field
from paysim_pipeline.display.source import ACCOUNTS, Account, Payment, Run, Tick, cut_into_ticks
from paysim_pipeline.interruption import Interruption
from paysim_pipeline.warehouse.errors import WarehouseError

_TEXTS = ("text", "json", "text_list")
_ACCOUNTS = next(record for record in RECORDS if record.name == ACCOUNTS)


class StoredSource:
    """Follows a stored run, day by day.

    Args:
        connection: the open warehouse; nothing is written.
        simulation_id: id of the run.
        first_tick: where to begin.
        last_tick: where to end, this tick included; by default with the last one stored.

    Raises:
        WarehouseError: there is no such run, or no tick of it.
        ValueError: the ticks are not ticks of the run; the message says which it has.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        simulation_id: str,
        *,
        first_tick: int = 0,
        last_tick: int | None = None,
    ) -> None:
        self._connection = connection
        self.must_be_followed = False
        self.run = _run(connection, simulation_id)
        stored = self._value(f"select max(tick) from raw.{ACCOUNTS} where simulation_id = $run")
        if stored is None:
            raise WarehouseError(f"{simulation_id}: none of its ticks are stored; run its scenario again")
        self.first_tick = first_tick
        self.last_tick = int(stored) if last_tick is None else last_tick
        if not 0 <= self.first_tick <= self.last_tick <= int(stored):
            raise ValueError(
                f"{simulation_id} has the ticks 0 to {stored}; choose among them, the first not after the last"
            )

    def opening_accounts(self) -> list[Account]:
        """The accounts at the end of the tick before the first; as the scenario opens them, if there is none."""
        sql = (
            "select balance, posted_collateral, queue1_size, queue1_value, queue2_size, queue2_value "
            f"from raw.{ACCOUNTS} where simulation_id = $run and tick = $tick order by agent_no"
        )
        if self.first_tick == 0:
            sql = (
                "select opening_balance, posted_collateral from raw.agents where simulation_id = $run order by agent_no"
            )
        return [Account(*row) for row in self._rows(sql, tick=self.first_tick - 1)]

    def open_payments(self) -> dict[str, Payment]:
        """Payments that arrived before the first tick and had neither settled nor been dropped by then."""
        names = self.run.agent_ids
        rows = self._rows(
            "select tx_no, sender_no, receiver_no, amount from raw.transactions "
            "where simulation_id = $run and arrival_tick < $tick and coalesce(settlement_tick, $tick) >= $tick "
            "and coalesce(drop_tick, $tick) >= $tick",
            tick=self.first_tick,
        )
        return {payment_id(number): Payment(names[one], names[other], amount) for number, one, other, amount in rows}

    def ticks(self) -> Iterator[Tick]:
        """Yield the ticks, reading a day at a time.

        Raises:
            KeyboardInterrupt: somebody asked to stop; raised after the tick in which that happened.
        """
        length = self.run.ticks_per_day
        with Interruption() as interruption:
            for day in range(self.first_tick // length, self.last_tick // length + 1):
                first, last = max(self.first_tick, day * length), min(self.last_tick, (day + 1) * length - 1)
                texts: list[str] = []
                for tick in cut_into_ticks(list(self._batches(first, last, texts)), texts, self.run):
                    interruption.check()
                    yield tick

    def _batches(self, first: int, last: int, texts: list[str]) -> Iterator[Batch]:
        """What was recorded from one tick to another; `texts` is filled with the texts."""
        for family in FAMILIES:
            events = [(code, event) for code, event in enumerate(EVENT_TYPES) if event.family == family]
            columns = dict.fromkeys(field.column for _, event in events for field in event.stored)
            rows = self._table(f"{family}_events", ["event_seq", "tick", "event_type", *columns], first, last)
            for code, event in events:
                part = rows.filter(pc.equal(rows["event_type"], code))
                if len(part):
                    yield _batch(event, ["event_seq", "tick"], part, texts)
        rows = self._table(ACCOUNTS, [field.column for field in _ACCOUNTS.stored], first, last)
        yield _batch(_ACCOUNTS, [], rows, texts)

    def _table(self, name: str, columns: list[str], first: int, last: int) -> Any:
        order = "tick, agent_no" if name == ACCOUNTS else "event_seq"
        found = self._connection.execute(
            f"select {', '.join(columns)} from raw.{name} "
            f"where simulation_id = $run and tick between $first and $last order by {order}",
            {"run": self.run.simulation_id, "first": first, "last": last},
        )
        return found.to_arrow_table()

    def _rows(self, sql: str, **values: Any) -> list[Any]:
        used = {name: value for name, value in values.items() if f"${name}" in sql}
        return self._connection.execute(sql, {"run": self.run.simulation_id, **used}).fetchall()

    def _value(self, sql: str) -> Any:
        return self._rows(sql)[0][0]


def _run(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Run:
    found = connection.execute(
        "select simulation_id, scenario, rng_seed, num_days, ticks_per_day from raw.simulations "
        "where simulation_id = ?",
        [simulation_id],
    ).fetchone()
    if found is None:
        raise WarehouseError(f"{simulation_id}: there is no such run; 'paysim list' shows which there are")
    agents = connection.execute(
        "select agent_id from raw.agents where simulation_id = ? order by agent_no", [simulation_id]
    ).fetchall()
    run_id, scenario, seed, num_days, ticks_per_day = found
    return Run(run_id, scenario, seed, num_days, ticks_per_day, [agent for (agent,) in agents])


# ------------------------------------------------------------------------------------------------ rows to columns


def _batch(event: EventType, head: list[str], rows: Any, texts: list[str]) -> Batch:
    """The rows of one recorded table as the recorder would hand them out."""
    columns: dict[str, object] = {name: _integers(rows[name]) for name in head}
    for field in event.stored:
        columns |= _columns(field, rows[field.column], texts)
    return Batch(event.name, len(rows), columns)


def _columns(field: Field, values: Any, texts: list[str]) -> dict[str, object]:
    if field.kind.endswith("_list"):
        lists = values.to_pylist()
        items = [item for part in lists for item in part or ()]
        return {
            field.column: array("q", [_number(item, texts) for item in items] if field.kind in _TEXTS else items),
            f"{field.column}.offsets": array("q", accumulate((len(part or ()) for part in lists), initial=0)),
            f"{field.column}.null": array("q", [int(part is None) for part in lists]),
        }
    if field.kind == "float":
        return {field.column: array("d", values.to_pylist())}
    if field.kind in _TEXTS:
        return {field.column: _text_numbers(values, texts)}
    return {field.column: _integers(values)}


def _integers(values: Any) -> memoryview:
    """Integers of any width, codes and booleans as packed 64-bit integers, with the marker of absent values."""
    packed = pc.fill_null(values.cast(pa.int64()), pa.scalar(int(NULL), pa.int64())).combine_chunks()
    if isinstance(packed, pa.ChunkedArray):
        packed = pa.concat_arrays(packed.chunks) if packed.num_chunks else pa.array([], pa.int64())
    whole = memoryview(packed.buffers()[1] or b"").cast("B")
    return whole[packed.offset * 8 : (packed.offset + len(packed)) * 8].cast("q")


def _text_numbers(values: Any, texts: list[str]) -> "array[int]":
    """Texts as numbers; each different one is kept once."""
    encoded = pc.dictionary_encode(values.cast(pa.string()))
    numbers = array("q")
    for chunk in encoded.chunks:
        known = [_number(text, texts) for text in chunk.dictionary.to_pylist()]
        numbers.extend(int(NULL) if index is None else known[index] for index in chunk.indices.to_pylist())
    return numbers


def _number(text: str, texts: list[str]) -> int:
    texts.append(text)
    return len(texts) - 1
