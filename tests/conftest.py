"""What holds for the whole suite: a fresh engine, repeatable properties, nobody called home.

What belongs here: settings and checks that every area of the suite relies on. What does not: fixtures of one area,
which live in that area's own conftest.
"""

import os
import runpy
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import paysim_engine

ROOT = Path(__file__).resolve().parent.parent

# Before any test imports dbt or Dagster, and inherited by every process a test starts.
os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
# A test that needs a Dagster instance makes its own: none writes into the history of this checkout.
os.environ.pop("DAGSTER_HOME", None)

# A shell starts what it puts into the background deaf to Ctrl-C, and so would be every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every machine and in every run: a property that fails here fails there. Examples are not timed,
# because the machine is shared. `HYPOTHESIS_PROFILE=search` looks for new ones, and keeps those that fail.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def stale_modules(root: Path = ROOT) -> list[str]:
    """Compiled modules that no longer say what their source says, as far as times tell; each with what is wrong."""
    sources: list[str] = runpy.run_path(str(root / "setup.py"), run_name="paysim_setup")["compiled_sources"](root)
    problems = []
    for source in sources:
        libraries = list(root.glob(source.removesuffix(".py") + ".*.so"))
        if not libraries:
            problems.append(f"{source} has no compiled module")
        elif min(library.stat().st_mtime for library in libraries) < (root / source).stat().st_mtime:
            problems.append(f"{source} is newer than its compiled module")
    return problems


def pytest_configure() -> None:
    """Refuse to test an engine other than the one in the sources."""
    if paysim_engine.is_compiled() and (problems := stale_modules()):
        raise pytest.UsageError(
            "the compiled engine is not the one in the sources: " + "; ".join(problems) + ". Run `make build`, or test "
            "the sources with PAYSIM_MYPYC=0."
        )


def pytest_report_header() -> str:
    """Say which engine is tested."""
    return f"engine: {'compiled' if paysim_engine.is_compiled() else 'interpreted'}"
