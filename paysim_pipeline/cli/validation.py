"""`paysim validate`: all checks of scenario files, without running them.

Belongs here: reporting what the checks found. Does not belong here: any check (`paysim_engine.scenario`).
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import completion, options, output
from paysim_pipeline.cli.errors import FAILED, CommandError

if TYPE_CHECKING:
    from paysim_engine.scenario import LoadedScenario


def validate(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO",
            help=options.SCENARIO_HELP,
            show_default=False,
            autocompletion=completion.scenarios,
        ),
    ],
    policy_dirs: options.PolicyDirs = None,
    strict: options.Strict = False,
    reference_cli: options.ReferenceCli = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Check scenario files and report every problem at once.

    The exit code is 1 if one of them cannot be used.

    Example: paysim validate gridlock

    Example: paysim validate scenarios/*.yaml --strict
    """
    from paysim_engine.scenario import ScenarioError

    findings: list[dict[str, Any]] = []
    for given in scenarios:
        try:
            loaded = options.load(given, policy_dirs, strict=strict, reference_cli=reference_cli)
            findings.append(_sound(given, loaded))
            if not (as_json or quiet):
                _print_sound(loaded)
        except (ScenarioError, CommandError) as error:
            findings.append(_unusable(given, error))
            if not as_json:
                output.note(str(error))
    if as_json:
        output.print_json(findings)
    unusable = sum(not finding["valid"] for finding in findings)
    if unusable:
        if not as_json and len(findings) > 1:
            output.note(f"{unusable} of {len(findings)} scenarios cannot be used")
        raise typer.Exit(FAILED)


def _sound(given: str, loaded: "LoadedScenario") -> dict[str, Any]:
    simulation = loaded.resolved["simulation"]
    return {
        "scenario": given,
        "valid": True,
        "name": loaded.name,
        "path": str(loaded.path),
        "fingerprint": loaded.fingerprint,
        "agents": len(loaded.resolved["agents"]),
        "ticks_per_day": simulation["ticks_per_day"],
        "num_days": simulation["num_days"],
        "seed": simulation["rng_seed"],
        "warnings": [warning.as_dict() for warning in loaded.warnings],
        "problems": [],
    }


def _unusable(given: str, error: Exception) -> dict[str, Any]:
    problems = getattr(error, "problems", None)
    return {
        "scenario": given,
        "valid": False,
        "warnings": [],
        "problems": [problem.as_dict() for problem in problems] if problems else [{"path": "", "message": str(error)}],
    }


def _print_sound(loaded: "LoadedScenario") -> None:
    simulation = loaded.resolved["simulation"]
    length = f"{output.plural(simulation['num_days'], 'day')} of {output.plural(simulation['ticks_per_day'], 'tick')}"
    print(
        f"{loaded.path}: sound ({output.plural(len(loaded.resolved['agents']), 'agent')}, {length}, "
        f"seed {simulation['rng_seed']}, fingerprint {loaded.fingerprint[:12]})"
    )
    warn(loaded)


def warn(loaded: "LoadedScenario") -> None:
    """Print the warnings of a scenario, if it has some."""
    if loaded.warnings:
        from paysim_engine.scenario.problems import report

        output.note(report(str(loaded.path), loaded.warnings, "warning"))
