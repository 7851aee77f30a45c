"""The version of the engine's code as Dagster keeps it: it follows from the sources, not from a number set by hand.

Belongs here: that version, and whether it is that of the code which runs. Does not belong here: the version that people
read, that a run is stored under, and that decides about simulation ids (`paysim_engine.__version__`): within one of
them the code changes all the time.
"""

import hashlib
from pathlib import Path
from typing import Final

import paysim_engine

SOURCES: Final = Path(paysim_engine.__file__).parent
"""The engine's package; a compiled engine has its sources beside it."""


def code_version(sources: Path = SOURCES) -> str:
    """The engine's version and a fingerprint of its sources, such as `0.1.0 3f9c01d27ab4`.

    Any change of a source gives another one, a comment too: telling what cannot matter would take longer than playing
    the scenarios again, whose data versions then show that nothing behind them has changed.

    Args:
        sources: folder with the modules of an engine.
    """
    content = hashlib.sha256()
    for path in sorted(sources.rglob("*.py")):
        text = path.read_bytes()
        content.update(f"{path.relative_to(sources).as_posix()} {len(text)}\n".encode())
        content.update(text)
    return f"{paysim_engine.__version__} {content.hexdigest()[:12]}"


def out_of_step(sources: Path = SOURCES) -> str | None:
    """Why the compiled engine is another than the one in its sources; None if it is the same, as far as times tell.

    It would play what the sources said before, and what came of it would be kept under the version that they have now.

    Args:
        sources: folder with the modules of an engine, compiled or not.
    """
    changed = [
        str(path)
        for path in sorted(sources.rglob("*.py"))
        for library in path.parent.glob(f"{path.stem}.*.so")
        if library.stat().st_mtime < path.stat().st_mtime
    ]
    if not changed:
        return None
    return f"{', '.join(changed)}: changed since the engine was compiled; run 'make build', then run this again"
