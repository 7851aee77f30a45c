"""Where shown lines go: standard output.

Belongs here: bytes for pipes and files, colours for terminals, and what happens when nobody reads on. Does not belong
here: what the lines say.
"""

import io
import os
import sys
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final

from paysim_pipeline.display.report import ALARM, PLAIN, SECTION, TICK, TITLE, Line

if TYPE_CHECKING:
    from rich.console import Console

_STYLES: Final = {PLAIN: "", TITLE: "bold", TICK: "bold cyan", SECTION: "bold", ALARM: "yellow"}


class Sink:
    """Writes lines to standard output, or another stream of text.

    A pipe or a file gets the same UTF-8 bytes whatever the locale; a terminal gets them with colours. When the reader
    of a pipe has gone (`| head`), the rest is not written, and no error is made of it: `closed` says so.

    Attributes:
        closed: whether the reader has gone.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.closed = False
        self._stream = stream or sys.stdout
        self._console = _console(self._stream)
        # Bytes of our own buffer: the stream's would be written line by line where Python is told to.
        self._raw: Any = getattr(self._stream, "buffer", None)
        self._lines: list[str] = []
        self._size = 0

    def __enter__(self) -> "Sink":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()

    def write(self, line: Line | str) -> None:
        """Write one line, without its end."""
        if self.closed:
            return
        text, kind = (line, PLAIN) if isinstance(line, str) else (line.text, line.kind)
        if self._console is not None:
            from rich.text import Text

            self._console.print(Text(text, style=_STYLES[kind]), soft_wrap=True)
            return
        self._lines.append(text)
        self._size += len(text)
        if self._size >= io.DEFAULT_BUFFER_SIZE * 8:
            self.flush()

    def flush(self) -> None:
        """Hand on what has been written."""
        lines, self._lines, self._size = self._lines, [], 0
        if self.closed:
            return
        try:
            if lines:
                self._put("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        except BrokenPipeError:
            self._close()

    def _put(self, text: str) -> None:
        if self._raw is None:
            self._stream.write(text)
            return
        self._stream.flush()
        self._raw.write(text.encode("utf-8", "backslashreplace"))
        self._raw.flush()

    def _close(self) -> None:
        """Let whatever is still written, now and when Python ends, go nowhere instead of failing."""
        self.closed = True
        try:
            descriptor = self._stream.fileno()
        except (OSError, ValueError):
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _console(stream: IO[str]) -> "Console | None":
    """What draws on a terminal; None where there is none."""
    if not stream.isatty():
        return None
    from rich.console import Console

    return Console(file=stream, highlight=False)
