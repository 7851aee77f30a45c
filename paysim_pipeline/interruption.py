"""Ctrl-C at a place where it can be obeyed.

Belongs here: remembering the signal until the next tick, and that it came at all. Does not belong here: what an
interrupted command says or returns (`cli.main`). Raised wherever it happens to arrive, `KeyboardInterrupt` can be lost
inside a library written in C (it prints "Exception ignored" and goes on) or leave a file half removed.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

_heard = False


def listen() -> None:
    """From now on remember that Ctrl-C was pressed; it raises `KeyboardInterrupt` as before.

    Libraries written in other languages make errors of their own of that: DuckDB a `RuntimeError`, pydantic a
    `SchemaError`. Whoever reports errors asks `was_heard` first. A process that ignores the signal goes on ignoring it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _hear)


def was_heard() -> bool:
    """Whether Ctrl-C has raised `KeyboardInterrupt` since `listen`."""
    return _heard


def _hear(_number: int, _frame: FrameType | None) -> None:
    global _heard
    _heard = True
    raise KeyboardInterrupt


class Interruption:
    """While in force, the first SIGINT is remembered for `check`, and a second one raises at once.

    Outside the main thread, where Python delivers no signals, nothing is changed.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: Any = None

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._before)

    def check(self) -> None:
        """Raise what was remembered.

        Raises:
            KeyboardInterrupt: a signal has arrived.
        """
        if self.requested:
            raise KeyboardInterrupt

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
