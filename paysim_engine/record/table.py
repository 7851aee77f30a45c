"""One table of packed columns: the only kind of storage for what a run records.

Belongs here: chunks of 64-bit columns, rolling to the next chunk, handing out. Does not belong here: which columns an
event has (`record.schema`) and who writes them (`record.recorder`).

A table has slots `c0` ... `c12` for integers, `f0` and `f1` for doubles, and up to four list columns, and uses as many
as it has names. Writing into a chunk of known size costs about 1.3 ns per field where appending to a growing vector
costs about 10 ns (measured), and since a full chunk is put aside and a new one begun, rows never move and reach Arrow
without a copy.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.record.batch import Batch

FIRST_CHUNK: Final[i64] = 64
LAST_CHUNK: Final[i64] = 32768
ZEROS: Final = vec[i64]([i64(0)] * 32769)
ZEROS_F: Final = vec[float]([0.0] * 32768)


def zeros(size: i64, used: bool) -> vec[i64]:
    """A column of a chunk, without rows in a slot that is not used."""
    return ZEROS[0:size] if used else vec[i64]()


def zeros_f(size: i64, used: bool) -> vec[float]:
    """The same for doubles."""
    return ZEROS_F[0:size] if used else vec[float]()


class Table:
    """Rows of one event type, or of one of the other recorded tables.

    Attributes:
        name: name of the event type or table.
        integers: names of the integer columns, in the order of the slots `c0`, `c1`, ...
        floats: names of the double columns, in the order of `f0`, `f1`.
        lists: names of the list columns; their items are kept flat, with offsets and a mark for absent lists.
        n: rows in the current chunk; `room`: rows it can hold; `size`: what the last chunk could hold.
    """

    def __init__(self, name: str, integers: list[str], floats: list[str], lists: list[str]) -> None:
        self.name = name
        self.integers: Final = integers
        self.floats: Final = floats
        self.lists: Final = lists
        self.width: i64 = len(integers)
        self.n: i64 = 0
        self.room: i64 = 0
        self.size: i64 = 0
        self.full: list[Batch] = []
        self.items: list[vec[i64]] = []
        self.offsets: list[vec[i64]] = []
        self.absent: list[vec[i64]] = []
        self.c0: vec[i64] = vec[i64]()
        self.c1: vec[i64] = vec[i64]()
        self.c2: vec[i64] = vec[i64]()
        self.c3: vec[i64] = vec[i64]()
        self.c4: vec[i64] = vec[i64]()
        self.c5: vec[i64] = vec[i64]()
        self.c6: vec[i64] = vec[i64]()
        self.c7: vec[i64] = vec[i64]()
        self.c8: vec[i64] = vec[i64]()
        self.c9: vec[i64] = vec[i64]()
        self.c10: vec[i64] = vec[i64]()
        self.c11: vec[i64] = vec[i64]()
        self.c12: vec[i64] = vec[i64]()
        self.f0: vec[float] = vec[float]()
        self.f1: vec[float] = vec[float]()

    def next_row(self) -> i64:
        """The row to write next, in a new chunk if the current one is full."""
        n = self.n
        if n == self.room:
            self.roll()
            n = 0
        self.n = n + 1
        return n

    def roll(self) -> None:
        """Put the chunk aside and begin the next one: small tables stay small, long ones allocate seldom."""
        if self.n > 0:
            self.full.append(self.batch())
        size: i64 = FIRST_CHUNK
        if self.size > 0:
            size = min(self.size * 4, LAST_CHUNK)
        self.size = size
        self.room = size
        self.n = 0
        width = self.width
        self.c0 = zeros(size, width > 0)
        self.c1 = zeros(size, width > 1)
        self.c2 = zeros(size, width > 2)
        self.c3 = zeros(size, width > 3)
        self.c4 = zeros(size, width > 4)
        self.c5 = zeros(size, width > 5)
        self.c6 = zeros(size, width > 6)
        self.c7 = zeros(size, width > 7)
        self.c8 = zeros(size, width > 8)
        self.c9 = zeros(size, width > 9)
        self.c10 = zeros(size, width > 10)
        self.c11 = zeros(size, width > 11)
        self.c12 = zeros(size, width > 12)
        floats = len(self.floats)
        self.f0 = zeros_f(size, floats > 0)
        self.f1 = zeros_f(size, floats > 1)
        self.items = [vec[i64]() for _ in self.lists]
        self.offsets = [ZEROS[0 : size + 1] for _ in self.lists]
        self.absent = [ZEROS[0:size] for _ in self.lists]

    def add_list(self, n: i64, slot: i64, values: vec[i64], present: bool) -> None:
        """Store the list of row `n` in list column `slot`."""
        items = self.items[slot]
        for value in values:
            items = append(items, value)
        self.items[slot] = items
        offsets = self.offsets[slot]
        offsets[n + 1] = len(items)
        if not present:
            absent = self.absent[slot]
            absent[n] = 1

    def add_columns(self, columns: list[vec[i64]], rows: i64) -> None:
        """Take over whole columns, in the order of `integers`, as `rows` rows after those there are.

        A table that gets its rows like this may have more columns than there are slots.
        """
        if self.n > 0:
            self.full.append(self.batch())
            self.n = 0
            self.room = 0
        named: dict[str, object] = {}
        for i, name in enumerate(self.integers):
            named[name] = columns[i]
        self.full.append(Batch(self.name, rows, named))

    def batch(self) -> Batch:
        """The rows of the current chunk."""
        columns: dict[str, object] = {}
        slots: list[object] = [
            self.c0,
            self.c1,
            self.c2,
            self.c3,
            self.c4,
            self.c5,
            self.c6,
            self.c7,
            self.c8,
            self.c9,
            self.c10,
            self.c11,
            self.c12,
        ]
        for i, name in enumerate(self.integers):
            columns[name] = slots[i]
        if len(self.floats) > 0:
            columns[self.floats[0]] = self.f0
        if len(self.floats) > 1:
            columns[self.floats[1]] = self.f1
        for i, name in enumerate(self.lists):
            columns[name] = self.items[i]
            columns[name + ".offsets"] = self.offsets[i]
            columns[name + ".null"] = self.absent[i]
        return Batch(self.name, self.n, columns)

    def peek(self) -> list[Batch]:
        """All rows, oldest first, without giving them up."""
        return [*self.full, self.batch()] if self.n > 0 else list(self.full)

    def drain(self) -> list[Batch]:
        """Hand out all rows, oldest first; the next row begins a new chunk."""
        batches = self.full
        if self.n > 0:
            batches.append(self.batch())
        self.full = []
        self.n = 0
        self.room = 0
        self.size = self.size // 4 if self.size > FIRST_CHUNK else 0
        return batches
