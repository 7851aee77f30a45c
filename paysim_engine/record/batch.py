"""A run of rows of one table, handed out by the recorder. Shape only; how rows get here is `record.tables`."""


class Batch:
    """Rows of one table as packed columns.

    Attributes:
        table: name of an event type or of another recorded table (`record.schema`).
        length: number of rows.
        columns: column name -> packed buffer of at least `length` items (a `librt.vecs.vec`; `memoryview` works). A
            list column `c` is its flat values, with `length + 1` offsets in `c.offsets` and a 1 in `c.null` for a list
            that is absent.
    """

    def __init__(self, table: str, length: int, columns: dict[str, object]) -> None:
        self.table = table
        self.length = length
        self.columns = columns
