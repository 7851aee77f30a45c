"""What a process that runs one command does without: looking for garbage among the libraries it has just imported.

Belongs here: the settings of the interpreter and of libraries that make a short command quicker, each with its reason
and its measured gain. Does not belong here: anything that changes what a command does.

A command makes 60 000 objects before the first tick, nearly all of them classes and functions that live as long as the
process. The collector walks through them a hundred times while they are made, and twice more when the interpreter ends.
Of 200 ms that `paysim simulate` of a small scenario took, 40 went that way.
"""

import gc
import os

_MANY = 100_000
"""Objects between two collections; a long run still gives back its garbage."""


def begin() -> None:
    """To be called before the libraries are imported."""
    gc.set_threshold(_MANY)
    # Looking for plug-ins of pydantic means to read the description of every package installed (5 ms), and what a
    # scenario file means must not depend on them.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")


def end() -> None:
    """To be called when the work is done: the end of the process gives everything back at once."""
    gc.freeze()
