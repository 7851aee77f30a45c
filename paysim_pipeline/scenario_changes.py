"""Which scenario files changed since somebody last looked.

Belongs here: finding changes, and the text that remembers what was seen. Does not belong here: what is done about them
(`defs.automation`).

A scenario has changed when the fingerprint of the resolved scenario has: a policy file that it uses counts, a comment
does not.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paysim_pipeline.partitions import misnamed_words, scenario_files


@dataclass(frozen=True)
class Change:
    """A scenario that is new or has changed.

    Attributes:
        name: the scenario's name.
        fingerprint: of what it is now.
        run_key: name and fingerprint, and how many times the scenario has come to be this one if more than once. Of
            two requests with one key only the first makes a run; without the number, a change that is taken back
            would make none.
    """

    name: str
    fingerprint: str
    run_key: str


@dataclass(frozen=True)
class Findings:
    """What came of a look at a folder.

    Attributes:
        changes: scenarios that are new or have changed, by name.
        problems: why other files are passed over, in words that name the file.
        cursor: what to hand in the next time.
    """

    changes: list[Change]
    problems: list[str]
    cursor: str


@dataclass
class _Memory:
    """What was seen: name -> fingerprint, and name -> fingerprint -> how many times it came to be that."""

    current: dict[str, str] = field(default_factory=dict)
    times: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None) -> "_Memory":
        """What a cursor says; nothing if it makes no sense, so that everything counts as new."""
        try:
            data: Any = json.loads(cursor or "{}")
            current = {str(name): str(value) for name, value in data["current"].items()}
            times = {str(name): {str(key): int(n) for key, n in seen.items()} for name, seen in data["times"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()
        return cls(current, times)

    def text(self) -> str:
        """As a cursor."""
        return json.dumps({"current": self.current, "times": self.times}, sort_keys=True)


def find_changes(
    scenarios: Path,
    cursor: str | None,
    partitions: Collection[str],
    played: Callable[[str], str | None] = lambda _: None,
) -> Findings:
    """Look which scenarios are new or have changed.

    Args:
        scenarios: the folder of scenario files.
        cursor: of the look before; None the first time, when every scenario is seen for the first time.
        partitions: names that Dagster knows; it learns of a new file when its definitions are reloaded.
        played: says of a name the fingerprint of what was played last; asked about scenarios that are seen for the
            first time, which are new unless they are just that.
    """
    from paysim_engine.scenario import ScenarioError, load_scenario

    memory = _Memory.of(cursor)
    files = scenario_files(scenarios)
    changes: list[Change] = []
    problems = misnamed_words(scenarios)
    for name in [name for name in memory.current if name not in files]:
        del memory.current[name]
    for name, path in files.items():
        if name not in partitions:
            problems.append(f"{path}: this file is new; reload the definitions, and it becomes a partition")
            continue
        try:
            fingerprint = load_scenario(path).fingerprint
        except (ScenarioError, OSError) as error:
            # What was seen of it before is kept: put right as it was, it has not changed.
            problems.append(str(error) if str(path) in str(error) else f"{path}: {error}")
            continue
        before = memory.current[name] if name in memory.current else played(name)
        memory.current[name] = fingerprint
        if before == fingerprint:
            continue
        seen = memory.times.setdefault(name, {})
        seen[fingerprint] = seen.get(fingerprint, 0) + 1
        key = f"{name}:{fingerprint}"
        changes.append(Change(name, fingerprint, key if seen[fingerprint] == 1 else f"{key}:{seen[fingerprint]}"))
    return Findings(changes, problems, memory.text())
