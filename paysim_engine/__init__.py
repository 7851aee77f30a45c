"""The simulation: a scenario goes in, a columnar record of every event comes out.

What belongs here: the rules of the payment system and their record, as pure functions of a scenario and a seed. What
does not: databases, orchestration, the command line. Importing this package imports nothing else; its parts are
`scenario` (reading and checking a scenario file), `simulation` (the run) and `bundle` (writing a run to disk).

The modules listed in `setup.py` are compiled, and an interpreted engine behaves the same, only slower. With
`PAYSIM_MYPYC=0` in the environment the sources are imported even where compiled modules lie beside them.
"""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

__version__ = "0.1.0"


class _SourceFinder:
    """Finds the modules of this package as sources only, so that compiled ones beside them are passed over."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The source module `fullname` of this package; None leaves the search to the ordinary finders."""
        if not fullname.startswith(f"{__name__}."):
            return None
        for folder in path or ():
            spec = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(fullname, target)
            if spec is not None and spec.loader is not None:
                return spec
        return None


if os.environ.get("PAYSIM_MYPYC") == "0":
    sys.meta_path.insert(0, _SourceFinder)


def is_compiled() -> bool:
    """Whether the engine runs compiled: whether its core modules come from shared libraries."""
    from importlib.util import find_spec

    spec = find_spec(f"{__name__}.core.codes")
    return spec is not None and isinstance(spec.loader, ExtensionFileLoader)
