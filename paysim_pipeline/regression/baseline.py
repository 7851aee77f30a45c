"""The file that keeps what a scenario gave: `scenarios/baselines/<scenario>.json`.

Belongs here: its format, reading and writing it. Does not belong here: where the figures come from (`measuring`), or
what a difference means (`comparing`).

A file is text for git: keys sorted, one figure per line, a newline at the end; so a diff shows each figure that changed
in one line less and one line more. `tolerances` holds what somebody has set by hand; what is not in it has the default
of its unit (`metrics.TOLERANCES`). Accepting a new value keeps it.
"""

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from paysim_pipeline.regression.metrics import METRICS, TOLERANCES, Figure

BASELINE_FORMAT: Final = 1
"""Raised when what is kept changes its meaning."""

_UNITS: Final = {metric.name: metric.unit for metric in METRICS}


class BaselineError(Exception):
    """A baseline cannot be used. The message names the file, what is wrong, and what to do."""


@dataclass(frozen=True)
class Baseline:
    """What a scenario gave when it was accepted.

    Attributes:
        scenario: the scenario's name.
        fingerprint: SHA-256 of the resolved scenario.
        seed, num_days: as run.
        engine_version: of the engine that ran it.
        events_digest: SHA-256 of its events.
        metrics: name -> figure.
        tolerances: name -> how far that figure may be off, in its own unit; only what differs from the default.
    """

    scenario: str
    fingerprint: str
    seed: int
    num_days: int
    engine_version: str
    events_digest: str
    metrics: Mapping[str, Figure]
    tolerances: Mapping[str, int | float] = field(default_factory=dict)

    def tolerance(self, metric: str) -> int | float:
        """How far a figure may be off, in its own unit."""
        return self.tolerances.get(metric, TOLERANCES[_UNITS[metric]] if metric in _UNITS else 0)

    def text(self) -> str:
        """The content of the file."""
        data = {
            "baseline_format": BASELINE_FORMAT,
            "engine_version": self.engine_version,
            "events_digest": self.events_digest,
            "fingerprint": self.fingerprint,
            "metrics": dict(self.metrics),
            "num_days": self.num_days,
            "scenario": self.scenario,
            "seed": self.seed,
            "tolerances": dict(self.tolerances),
        }
        return json.dumps(data, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"


def baseline_folder(scenarios: Path) -> Path:
    """Where the baselines of a folder of scenarios are."""
    return scenarios / "baselines"


def baseline_file(scenarios: Path, name: str) -> Path:
    """The baseline of a scenario, whether there is one or not."""
    return baseline_folder(scenarios) / f"{name}.json"


def baseline_names(scenarios: Path) -> list[str]:
    """The scenarios that have a baseline, by name."""
    return sorted(path.stem for path in baseline_folder(scenarios).glob("*.json"))


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        BaselineError: it cannot be read, is not JSON, or is not a baseline.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror or error}; make it with {_accept(path)}") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BaselineError(
            f"{path}: this is not JSON ({error}); take it from git again, or make it anew with {_accept(path)}"
        ) from error
    if not isinstance(data, dict):
        raise BaselineError(f"{path}: this is not a JSON object; make it anew with {_accept(path)}")
    if data.get("baseline_format") != BASELINE_FORMAT:
        raise BaselineError(
            f"{path}: baseline_format is {data.get('baseline_format')!r} and not {BASELINE_FORMAT}; "
            f"make it anew with {_accept(path)}"
        )
    baseline = Baseline(
        scenario=_text(path, data, "scenario"),
        fingerprint=_text(path, data, "fingerprint"),
        seed=_whole(path, data, "seed"),
        num_days=_whole(path, data, "num_days"),
        engine_version=_text(path, data, "engine_version"),
        events_digest=_text(path, data, "events_digest"),
        metrics=_numbers(path, data, "metrics", _is_figure, "a number or null"),
        tolerances=_numbers(path, data, "tolerances", _is_tolerance, "a number, 0 or more"),
    )
    if baseline.scenario != path.stem:
        raise BaselineError(
            f"{path}: scenario is {baseline.scenario!r}, but the file is named after another; "
            f"rename it, or make it anew with {_accept(path)}"
        )
    if unknown := sorted(set(baseline.tolerances) - set(_UNITS)):
        raise BaselineError(
            f"{path}: tolerances.{unknown[0]}: there is no such metric; there are {', '.join(sorted(_UNITS))}"
        )
    return baseline


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, in one step.

    Raises:
        BaselineError: it cannot be written; an earlier one stays.
    """
    aside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_text(baseline.text(), encoding="utf-8", newline="\n")
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise BaselineError(f"{path}: it cannot be written: {error.strerror or error}; nothing was accepted") from error


def _accept(path: Path) -> str:
    return f"'paysim baseline accept {path.stem}'"


def _text(path: Path, data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise BaselineError(f"{path}: {key} is {value!r} and not a text; make it anew with {_accept(path)}")
    return value


def _whole(path: Path, data: Mapping[str, Any], key: str) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BaselineError(f"{path}: {key} is {value!r} and not a whole number; make it anew with {_accept(path)}")
    return value


def _numbers(
    path: Path, data: Mapping[str, Any], key: str, is_sound: Callable[[object], bool], wanted: str
) -> dict[str, Any]:
    values = data.get(key)
    if not isinstance(values, dict):
        raise BaselineError(f"{path}: {key} is {values!r} and not an object; make it anew with {_accept(path)}")
    for name, value in values.items():
        if not is_sound(value):
            raise BaselineError(f"{path}: {key}.{name} is {value!r} and not {wanted}")
    return values


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_figure(value: object) -> bool:
    return value is None or _is_number(value)


def _is_tolerance(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value >= 0
