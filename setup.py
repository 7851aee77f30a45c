"""Which modules mypyc compiles, and when it does not. Everything else about the package is in pyproject.toml.

`PAYSIM_MYPYC=0` builds the interpreted package, and so does a machine without a C compiler or without the Python
headers, which says so. The list is an allow-list: a module is compiled because it is named here.
"""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent

COMPILED = (
    "paysim_engine/core/*.py",
    "paysim_engine/policy/context.py",
    "paysim_engine/policy/decisions.py",
    "paysim_engine/policy/nodes/*.py",
    "paysim_engine/policy/queue2_view.py",
    "paysim_engine/policy/trees.py",
    "paysim_engine/record/batch.py",
    "paysim_engine/record/recorder.py",
    "paysim_engine/record/table.py",
    "paysim_engine/simulation.py",
    "paysim_engine/yardstick.py",
)
"""Paths and patterns, relative to this file. One that matches nothing is an error."""

NOT_COMPILED = {
    "paysim_engine/core/__init__.py": "holds only a docstring, and a package is found by its source",
    "paysim_engine/policy/nodes/__init__.py": "holds only a docstring, and a package is found by its source",
}
"""Exceptions to the patterns above, each with its reason. One that excepts nothing is an error."""


def compiled_sources(root: Path = ROOT) -> list[str]:
    """The modules to compile, as sorted paths relative to `root`.

    Raises:
        SystemExit: a pattern or an exception matches nothing, so the list no longer says what it means.
    """
    sources: set[str] = set()
    for pattern in COMPILED:
        matches = {path.relative_to(root).as_posix() for path in root.glob(pattern)}
        if not matches:
            raise SystemExit(f"setup.py: COMPILED names {pattern!r}, which matches no file")
        sources |= matches
    if idle := NOT_COMPILED.keys() - sources:
        raise SystemExit(f"setup.py: NOT_COMPILED names {sorted(idle)}, which COMPILED does not match anyway")
    return sorted(sources - NOT_COMPILED.keys())


def obstacle() -> str | None:
    """Why the engine cannot be compiled here, in words; None if it can."""
    if os.environ.get("PAYSIM_MYPYC") == "0":
        return "PAYSIM_MYPYC=0"
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "").split()
    if os.name == "posix" and not (compiler and shutil.which(compiler[0])):
        return f"no C compiler found ({' '.join(compiler[:1]) or 'CC'})"
    headers = Path(sysconfig.get_paths()["include"])
    if not (headers / "Python.h").is_file():
        return "the Python headers (Python.h) are not installed"
    return None


def main() -> None:
    """Build, compiled where possible."""
    ext_modules = []
    if reason := obstacle():
        print(f"paysim: engine stays interpreted: {reason}", file=sys.stderr)
    else:
        # Imported here: mypy exists only where the engine is compiled.
        from mypyc.build import mypycify

        ext_modules = mypycify(compiled_sources(), opt_level="3", debug_level="0")
        for extension in ext_modules:
            # A fused multiply-add rounds once where Python rounds twice: draws and rates would differ by machine.
            extension.extra_compile_args.append("-ffp-contract=off")
            # Nobody links against the engine: without exported symbols the compiler may inline across its modules
            # (6 % fewer instructions; the modules' init functions are exported by name).
            extension.extra_compile_args.append("-fvisibility=hidden")
    setup(ext_modules=ext_modules)


if __name__ == "__main__":
    main()
