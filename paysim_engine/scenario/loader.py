"""Loading a scenario file: from the path to a scenario that is known to be sound.

Belongs here: the order of the steps, and the loaded scenario. Does not belong here: any of the steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from paysim_engine.scenario import cross_checks
from paysim_engine.scenario.bounds import DAYS_MAX, DEPTH_MAX, PROBLEMS_MAX, SCENARIO_BYTES_MAX, SEED_MAX, readable
from paysim_engine.scenario.explain import explain
from paysim_engine.scenario.json_reader import JsonError, duplicates, read_json
from paysim_engine.scenario.legacy import without_legacy
from paysim_engine.scenario.policy_documents import AgentPolicy, PolicyShelf
from paysim_engine.scenario.problems import MISSING, Problem, ScenarioError, in_order
from paysim_engine.scenario.reference_cli import as_reference_cli
from paysim_engine.scenario.resolve import fingerprint, resolve
from paysim_engine.scenario.sections.feature_toggles import PolicyToggles
from paysim_engine.scenario.sections.policies import AnyPolicy, Fifo, Policy
from paysim_engine.scenario.sections.scenario import Scenario
from paysim_engine.scenario.yaml_reader import Positions, YamlError, read_yaml
from paysim_engine.wording import join_path

if TYPE_CHECKING:
    from paysim_engine.core.config import EngineConfig

_YAML = (".yaml", ".yml")
_TEXT_SEARCHED = 4 * 2**20
"""Bytes of a file up to which problems get line numbers: finding them means to read it again, with every place kept."""

_LINES_SHOWN = 200
"""Problems that get a line number; a file with more is wrong as a whole."""


@dataclass
class LoadedScenario:
    """A scenario that passed every check.

    Attributes:
        name: Stem of the file.
        path: The file.
        warnings: What is odd about it but does not stop it.
        scenario: The validated sections.
        policies: The policy of each agent, by position in the list.
    """

    name: str
    path: Path
    warnings: list[Problem]
    scenario: Scenario = field(repr=False)
    policies: dict[int, AgentPolicy] = field(repr=False)

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """The whole scenario as JSON values: defaults filled in, one spelling, policies inlined."""
        return resolve(self.scenario, self.policies)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) of `resolved`: the same for files that mean the same."""
        return fingerprint(self.resolved)

    def engine_config(self, seed: int | None = None, num_days: int | None = None) -> "EngineConfig":
        """What the engine runs.

        Args:
            seed: Instead of the scenario's `rng_seed`.
            num_days: Instead of the scenario's `num_days`; deadlines are capped at the end of that run.

        Raises:
            ScenarioError: If an override is out of range.
        """
        from paysim_engine.scenario.compile import engine_config

        problems = [
            Problem(path, value, f"must be a whole number from {low} to {readable(high)}")
            for path, value, low, high in (
                ("simulation.rng_seed", seed, 0, SEED_MAX),
                ("simulation.num_days", num_days, 1, DAYS_MAX),
            )
            if value is not None and (type(value) is not int or not low <= value <= high)
        ]
        if problems:
            raise ScenarioError(str(self.path), problems)
        simulation = self.scenario.simulation
        return engine_config(
            self.scenario,
            self.policies,
            seed=simulation.rng_seed if seed is None else seed,
            num_days=simulation.num_days if num_days is None else num_days,
        )


def load(
    path: str | PathLike[str],
    *,
    policy_dirs: Sequence[str | PathLike[str]] = (),
    strict: bool = False,
    reference_cli: bool = False,
) -> LoadedScenario:
    """See `paysim_engine.scenario.load_scenario`."""
    file = Path(path)
    data, text, problems = _read(file)
    data, legacy = without_legacy(data)
    warnings = list(islice(cross_checks.warnings(data), PROBLEMS_MAX))
    (problems if strict else warnings).extend(legacy)
    problems += islice(cross_checks.errors(data), PROBLEMS_MAX)
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        scenario = None
        problems += islice(explain(_manageable(error, data), data), PROBLEMS_MAX)
    shelf = PolicyShelf(file.parent, [Path(place) for place in policy_dirs], _policy_toggles(scenario, data))
    policies = _fetch(shelf, scenario, data)
    problems += shelf.errors
    warnings += shelf.warnings
    if problems or scenario is None:
        raise ScenarioError(str(file), _with_lines(problems, text))
    if reference_cli:
        scenario, dropped = as_reference_cli(scenario)
        warnings += dropped
    return LoadedScenario(file.stem, file, _with_lines(warnings, text), scenario, policies)


def _read(file: Path) -> tuple[dict[Any, Any], bytes, list[Problem]]:
    """The file's data, its text if lines can be found in it, and the problems of the first reading."""
    suffix = file.suffix.lower()

    def refuse(message: str, hint: str = "", line: int | None = None) -> ScenarioError:
        return ScenarioError(str(file), [Problem("", MISSING, message, hint, line)])

    try:
        if not file.is_file():
            raise refuse("Scenario file not found" if not file.exists() else "not a regular file")
        if suffix not in (*_YAML, ".json"):
            raise refuse(
                f"unknown kind of file: {suffix or 'no extension'}", "Scenario files end in .yaml, .yml or .json."
            )
        if file.stat().st_size > SCENARIO_BYTES_MAX:
            raise refuse(f"scenario files are at most {SCENARIO_BYTES_MAX} bytes long")
        text = file.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise refuse(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        data, problems = read_yaml(text) if suffix in _YAML else _read_json(text)
    except YamlError as error:
        raise ScenarioError(str(file), [error.problem]) from None
    except JsonError as error:
        raise refuse(f"not valid JSON: {error}") from None
    if data is None:
        raise refuse("Empty configuration file")
    if not isinstance(data, dict):
        raise refuse("a scenario file is a mapping of sections")
    return data, text, problems


def _read_json(text: bytes) -> tuple[Any, list[Problem]]:
    if not text.strip():
        return None, []
    data = read_json(text, DEPTH_MAX)
    repeated = list(duplicates(data))
    if repeated:
        try:
            # JSON is YAML as far as this goes, and the YAML reader knows the lines.
            _, problems = read_yaml(text)
        except YamlError:
            problems = []
        return data, problems or [
            Problem(join_path((*path, key)), MISSING, "key given twice") for path, key in repeated
        ]
    return data, []


def _manageable(error: ValidationError, data: dict[Any, Any]) -> ValidationError:
    """The error, or one about the first agents and events only if it has more findings than are reported.

    Spelling out millions of findings would take gigabytes.
    """
    while error.error_count() > PROBLEMS_MAX:
        lists = {key: data[key] for key in ("agents", "scenario_events") if isinstance(data.get(key), list)}
        if all(len(items) < 2 for items in lists.values()):
            break
        data = {**data, **{key: items[: (len(items) + 1) // 2] for key, items in lists.items()}}
        try:
            Scenario.model_validate(data)
        except ValidationError as smaller:
            error = smaller
        else:
            break
    return error


def _policy_toggles(scenario: Scenario | None, data: dict[Any, Any]) -> PolicyToggles | None:
    if scenario is not None:
        return scenario.policy_feature_toggles
    toggles: PolicyToggles | None = _part(TypeAdapter(PolicyToggles), data.get("policy_feature_toggles"))
    return toggles


def _part(adapter: "TypeAdapter[Any]", value: Any) -> Any:
    """A sound part of a file with mistakes elsewhere; None if the part is not sound either."""
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


def _sound_policy(adapter: "TypeAdapter[AnyPolicy]", value: Any) -> AnyPolicy | None:
    """The policy, if need be without the keys that do not lead to its document."""
    keys = ("type", "json_path", "decision_trees", "json_string")
    part = {key: value[key] for key in keys if key in value} if isinstance(value, dict) else None
    policy: AnyPolicy | None = _part(adapter, value) or _part(adapter, part)
    return policy


def _fetch(shelf: PolicyShelf, scenario: Scenario | None, data: dict[Any, Any]) -> dict[int, AgentPolicy]:
    """The policies of all agents; those of a file with other mistakes too, so that one report tells all."""
    if scenario is not None:
        sections: dict[int, tuple[AnyPolicy, bool]] = {
            i: (agent.policy, agent.liquidity_pool is not None) for i, agent in enumerate(scenario.agents)
        }
    else:
        adapter = TypeAdapter(Policy)
        agents = data.get("agents")
        raw = {
            i: agent for i, agent in enumerate(agents if isinstance(agents, list) else ()) if isinstance(agent, dict)
        }
        parts = {i: _sound_policy(adapter, agent.get("policy")) for i, agent in raw.items()}
        sections = {
            i: (policy, raw[i].get("liquidity_pool") is not None)
            for i, policy in parts.items()
            if policy is not None and not isinstance(policy, Fifo)
        }
    found = {i: shelf.fetch(policy, f"agents[{i}].policy", pool=pool) for i, (policy, pool) in sections.items()}
    return {i: policy for i, policy in found.items() if policy is not None}


def _with_lines(problems: list[Problem], text: bytes) -> list[Problem]:
    """The problems in the order of the file, each with its line; the file is read a second time for that."""
    problems = in_order(problems)
    if not problems or len(text) > _TEXT_SEARCHED:
        return problems
    positions: Positions = {}
    try:
        read_yaml(text, positions)
    except YamlError:
        return problems
    lines = {join_path(place): line for place, line in positions.items()}
    placed = [
        problem if problem.line is not None else replace(problem, line=_line(problem.path, lines))
        for problem in problems[:_LINES_SHOWN]
    ]
    return sorted(placed, key=lambda problem: problem.line or 0) + problems[_LINES_SHOWN:]


def _line(path: str, lines: dict[str, int]) -> int | None:
    """The line of the path, or of the nearest mapping around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return None
