"""The recorded cases: where they are, and what belongs to one.

Belongs here: finding cases. Does not belong here: playing them.
"""

import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SELECTION = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Case:
    """A scenario with the stream of events and the final state that an independent engine recorded for it."""

    folder: Path

    def __str__(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def scenario(self) -> Path:
        return self.folder / "scenario.yaml"

    @property
    def has_events(self) -> bool:
        """Whether there is a stream; the longest cases have only the final state and counts."""
        return (self.folder / "events.jsonl.gz").exists()

    def events(self) -> list[dict[str, Any]]:
        with gzip.open(self.folder / "events.jsonl.gz", "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def final(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.folder / "final.json").read_text(encoding="utf-8"))
        return data


def cases_under(folder: Path) -> list[Case]:
    """All cases below a folder, in order of group and name."""
    return [Case(path.parent) for path in sorted(folder.glob("*/*/scenario.yaml"))]


def complete_set() -> Path | None:
    """The folder of all recorded cases, which this checkout holds a selection of; None where it is not at hand.

    It is looked for in `$PAYSIM_SHARED/golden`, and beside the checkout.
    """
    places = [Path(__file__).resolve().parents[3] / "shared"]
    if "PAYSIM_SHARED" in os.environ:
        places.insert(0, Path(os.environ["PAYSIM_SHARED"]))
    return next((place / "golden" for place in places if (place / "golden").is_dir()), None)
