"""The id of a run, worked out from what determines its result.

Belongs here: that rule alone. It imports nothing of the project, so that every part can name a run.
"""

import hashlib
import json
import re

_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def simulation_id(
    scenario: str,
    fingerprint: str,
    seed: int,
    num_days: int,
    engine_version: str,
    *,
    experiment_run_id: str | None = None,
    experiment_iteration: int | None = None,
    continues: str | None = None,
    continues_after_day: int | None = None,
) -> str:
    """The id of a run (10 §1): the same inputs give the same id, on any machine.

    Args:
        scenario: name of the scenario. A copied scenario file is another scenario, and the rows of the two must be
            told apart, so the name counts although the fingerprint may be equal.
        fingerprint: SHA-256 of the resolved scenario.
        seed: seed of the run.
        num_days: days run; like the seed it may differ from the scenario's own.
        engine_version: version of the engine.
        experiment_run_id: the experiment that the run is part of, if any.
        experiment_iteration: the number of the run within it.
        continues: the run whose first days it has, where that makes a difference (`paysim_pipeline.resume`).
        continues_after_day: the last of those days.

    Returns:
        `sim-` and 16 hexadecimal digits.

    >>> simulation_id("baseline", "00" * 32, 42, 1, "0.1.0")
    'sim-d33e100ef3a7c502'
    """
    inputs = [scenario, fingerprint, seed, num_days, engine_version, experiment_run_id, experiment_iteration]
    if continues is not None:
        inputs += [continues, continues_after_day]
    return "sim-" + hashlib.sha256(json.dumps(inputs, separators=(",", ":")).encode()).hexdigest()[:16]


def check_simulation_id(given: str) -> str:
    """Return an id given by a person, if it is fit to be one.

    Raises:
        ValueError: it has other characters than letters, digits, `.`, `_` and `-`, or more than 128 of them, or does
            not begin with a letter or digit.
    """
    if not _FORM.fullmatch(given):
        raise ValueError(
            f"{given!r} is not a simulation id: it takes up to 128 letters, digits, '.', '_' and '-', "
            "and begins with a letter or digit"
        )
    return given
