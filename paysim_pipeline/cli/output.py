"""How commands print: tables, JSON, figures, progress.

Belongs here: the look of what all commands show. Does not belong here: what is shown. Results go to standard output,
everything else to standard error, so that a pipe gets results only.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TextIO

from paysim_engine.wording import printable

Advance = Callable[[], None]


def make_safe() -> None:
    """See to it that printing cannot fail for the sake of a letter, or because a stream was closed from the start."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # open as long as the process lives
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # likewise
    if not _has_all_letters(sys.stdout) and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def print_json(data: object) -> None:
    """Print `data` as JSON; money is integer cents in it."""
    plain = not _has_all_letters(sys.stdout)
    print(json.dumps(data, indent=2, ensure_ascii=plain, allow_nan=False, default=str))


def note(message: str) -> None:
    """Tell a person something that is not a result."""
    print(message, file=sys.stderr)


def count(number: int | None) -> str:
    """A count with separated thousands; a dash if there is none."""
    return "–" if number is None else f"{number:,}"


def plural(number: int, noun: str) -> str:
    """A count with its noun, as in "1 day", "2 days"."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


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


@dataclass(frozen=True)
class Table:
    """A table in the house style, as lines of text. Laid out by hand: importing rich's tables takes 30 ms."""

    head: str
    rule: str
    rows: list[str]


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> Table:
    """Lay out a table.

    Args:
        columns: headings.
        rows: cells as text.
        right: headings of right-aligned columns: figures.
    """
    # Ids and names come from files: what commands a terminal is shown as it is written.
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max([width(name), *(width(row[place]) for row in shown)]) for place, name in enumerate(columns)]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for name, wanted, cell in zip(columns, widths, cells, strict=True):
            space = " " * (wanted - width(cell))
            padded.append(space + cell if name in right else cell + space)
        return f" {'  '.join(padded)} "

    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return Table(line(columns), f" {rule} ", [line(row) for row in shown])


def show(*parts: Table | str, stream: IO[str] | None = None) -> None:
    """Print tables and lines for a person; a terminal gets headings in bold."""
    target = stream or sys.stdout
    for part in parts:
        if isinstance(part, str):
            print(printable(part), file=target)
        else:
            head = f"\033[1m{part.head}\033[0m" if _may_be_bold(target) else part.head
            print("", head, part.rule, *part.rows, "", sep="\n", file=target)


def _has_all_letters(stream: TextIO) -> bool:
    return (stream.encoding or "utf-8").lower().replace("-", "").replace("_", "").startswith("utf")


def _may_be_bold(stream: IO[str]) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width(text: str) -> int:
    """Places that a text takes on a terminal: two for a wide letter, none for an accent of its own."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


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
def working(what: str, *, wanted: bool = True) -> Iterator[None]:
    """A moving sign on standard error while the block runs; only on a terminal, and not with `--quiet`."""
    if not (wanted and sys.stderr.isatty()):
        yield
        return
    from rich.console import Console

    with Console(file=sys.stderr).status(what):
        yield


def _nothing() -> None:
    pass
