"""Ctrl-C at a place where it can be obeyed.

Belongs here: remembering the signal until the next tick. Does not belong here: what an interrupted command says or
returns (`cli.main`). Raised wherever it happens to arrive, `KeyboardInterrupt` can be lost inside a library written in
C (it prints "Exception ignored" and goes on) or leave a file half removed.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


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
