"""How commands print: tables, JSON, figures, progress.

Belongs here: the look of what all commands show. Does not belong here: what is shown. Results go to standard output,
everything else to standard error, so that a pipe gets results only.
"""

import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

Advance = Callable[[], None]


def print_json(data: object) -> None:
    """Print `data` as JSON; money is integer cents in it."""
    print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str))


def note(message: str) -> None:
    """Tell a person something that is not a result."""
    print(message, file=sys.stderr)


def count(number: int | None) -> str:
    """A count with separated thousands; a dash if there is none."""
    return "–" if number is None else f"{number:,}"


def money(cents: int | None) -> str:
    """An amount in units of the currency, from cents; a dash if there is none."""
    if cents is None:
        return "–"
    units, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{units:,}.{rest:02d}"


def percent(share: float | None) -> str:
    """A share in percent with one decimal; a dash if there is none.

    100.0 % and 0.0 % mean exactly that: anything else is shown at most 0.1 off them.
    """
    if share is None:
        return "–"
    shown = round(share * 100, 1)
    if shown == 100 and share < 1:
        shown = 99.9
    if shown == 0 and share > 0:
        shown = 0.1
    return f"{shown:.1f} %"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> "Table":
    """A table in the house style.

    Args:
        columns: headings.
        rows: cells as text.
        right: headings of right-aligned columns: figures.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", no_wrap=True)
    for row in rows:
        # Ids and names come from files: what looks like markup or commands a terminal is shown as it is written.
        made.add_row(*(Text(_printable(cell)) for cell in row))
    return made


def show(*parts: "Table | str", stream: IO[str] | None = None) -> None:
    """Print tables and lines for a person; a stream that is no terminal gets them without colours."""
    from rich.console import Console

    # As wide as the table needs: a terminal breaks lines that are too long, which is better than names cut short.
    console = Console(file=stream or sys.stdout, width=1000, highlight=False)
    for part in parts:
        if isinstance(part, str):
            console.print(_printable(part), markup=False, soft_wrap=True)
        else:
            console.print(part)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


@contextmanager
def progress(what: str, total: int, *, wanted: bool = True) -> Iterator[Advance]:
    """A progress bar on standard error while the block runs; only on a terminal.

    Args:
        what: the work, in a word or two.
        total: how many steps it has.
        wanted: false for `--quiet`.

    Yields:
        To be called after every step.
    """
    if not (wanted and sys.stderr.isatty()):
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=total)
        # Drawing is the bar's own thread; counting here stays cheap for a hundred thousand steps a second.
        stride = max(1, total // 500)
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            if done % stride == 0 or done == total:
                bar.update(task, completed=done)

        yield advance


@contextmanager
def working(what: str) -> Iterator[None]:
    """A moving sign on standard error while the block runs; only on a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(file=sys.stderr).status(what):
        yield


def _nothing() -> None:
    pass
