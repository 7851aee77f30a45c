"""Every scenario at hand in one warehouse: those of the library and the recorded cases.

Belongs here: finding and loading them, each under a name of its own. Does not belong here: what dbt says of them. To
build them all and see how long it takes: `python -m tests.dbt.everything FOLDER`.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from paysim_engine.scenario import load_scenario
from paysim_pipeline.settings import PROJECT_ROOT, Settings
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.writer import load_bundle
from tests.dbt.projects import dbt, settings_in
from tests.golden.recorded import SELECTION, cases_under, complete_set


@dataclass(frozen=True)
class Named:
    """A scenario file, and a name that no other has."""

    name: str
    path: Path


def library() -> list[Named]:
    """The scenarios that come with the project."""
    return [Named(path.stem, path) for path in sorted((PROJECT_ROOT / "scenarios").glob("*.yaml"))]


def recorded(folder: Path = SELECTION) -> list[Named]:
    """The recorded cases below a folder, under the names of group and case."""
    return [Named(str(case).replace("/", "_").lower(), case.scenario) for case in cases_under(folder)]


def load_all(settings: Settings, scenarios: Iterable[Named]) -> Iterator[Named]:
    """Run and load scenarios; yields each that was loaded.

    A scenario that says the same as one before it has the same runs, and is left out.
    """
    seen: set[str] = set()
    for named in scenarios:
        scenario = replace(load_scenario(named.path), name=named.name)
        if scenario.fingerprint in seen:
            continue
        seen.add(scenario.fingerprint)
        bundle = ScenarioRun(scenario, bundle=settings.bundles / named.name).play().bundle
        assert bundle is not None
        load_bundle(bundle, settings)
        yield named


def main() -> int:
    """Load everything into a new warehouse in the folder that was named, and have dbt build and test it."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    settings = settings_in(folder)
    began = time.perf_counter()
    loaded = list(load_all(settings, [*library(), *recorded(complete_set() or SELECTION)]))
    print(f"{len(loaded)} scenarios run and loaded in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    run = dbt(settings.database, folder / "target", "build")
    print(run.output)
    print(f"dbt build: {time.perf_counter() - began:.0f} s")
    return 0 if run.ok else 1


if __name__ == "__main__":
    sys.exit(main())
