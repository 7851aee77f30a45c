"""From the `policy` key of each agent to a policy document.

Belongs here: where a document comes from (06 §10), overrides of its parameters, its one normal form, and that it is
checked once however many agents share it. Does not belong here: what a tree may say and how it is evaluated
(`paysim_engine.policy`).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paysim_engine import policy as language
from paysim_engine.policy import library
from paysim_engine.scenario.bounds import POLICY_BYTES_MAX
from paysim_engine.scenario.json_reader import JsonError, check_plain, read_document
from paysim_engine.scenario.problems import MISSING, Problem
from paysim_engine.scenario.sections.feature_toggles import PolicyToggles
from paysim_engine.scenario.sections.policies import AnyPolicy, FromJson, Inline, InlineJson, Overrides
from paysim_engine.scenario.toggles import forbidden
from paysim_engine.wording import join_path, show, suggestion

FRACTION = "initial_liquidity_fraction"
"""The one parameter that the engine reads itself (D34); it may always be overridden."""

_REFERENCE_FOLDER = "simulator/policies/"
"""Prefix under which the reference's scenario files name its policies."""


@dataclass(frozen=True)
class AgentPolicy:
    """The policy of an agent, found and checked.

    Attributes:
        document: The document in its normal form, overrides applied. Agents with the same policy share the object.
        built_in: Whether it stands for a built-in type.
        fraction: The document's own share of the liquidity pool; None if it has none, as all built-in types (D34).
    """

    document: dict[str, Any]
    built_in: bool
    fraction: float | None


class _DocumentError(Exception):
    """A document that cannot be found or read; key is the key of `policy` that is to blame."""

    def __init__(self, key: str, value: object, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.key, self.value, self.message, self.hint = key, value, message, hint


class PolicyShelf:
    """Fetches the policies of one scenario, each document once.

    Attributes:
        errors: Problems found so far.
        warnings: Likewise.
    """

    def __init__(self, folder: Path, policy_dirs: Sequence[Path], toggles: PolicyToggles | None) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self._folder = folder
        self._policy_dirs = policy_dirs
        self._toggles = toggles
        self._files: dict[str, dict[str, Any]] = {}
        self._checked: dict[object, AgentPolicy] = {}

    def fetch(self, policy: AnyPolicy, path: str, *, pool: bool) -> AgentPolicy | None:
        """The policy of one agent; None if it cannot be had, with the reasons in `errors`.

        Args:
            policy: The section of the scenario file.
            path: Key path of that section, for the messages.
            pool: Whether the agent has a liquidity pool, so that the document's fraction counts.
        """
        try:
            found = self._found(policy, path)
        except _DocumentError as error:
            self.errors.append(Problem(f"{path}.{error.key}", error.value, error.message, error.hint))
            return None
        if found is not None and pool and found.fraction is not None and not 0.0 <= found.fraction <= 1.0:
            message = f"the policy's parameter {FRACTION} must be from 0 to 1 for an agent with a liquidity_pool"
            self.errors.append(Problem(path, found.fraction, message))
        return found

    def _found(self, policy: AnyPolicy, path: str) -> AgentPolicy | None:
        if isinstance(policy, FromJson):
            source: object = policy.json_path
            document = self._file(policy.json_path)
        elif isinstance(policy, Inline):
            document = _plain(policy.decision_trees)
            source = json.dumps(document, sort_keys=True)
        elif isinstance(policy, InlineJson):
            source = policy.json_string
            document = _parsed(policy.json_string, "json_string")
        else:
            return self._built_in(policy)
        key = (type(policy), source, tuple(sorted(policy.parameters.items())))
        if key not in self._checked:
            document = self._overridden(document, policy.parameters, path)
            self._check(document, path)
            self._checked[key] = AgentPolicy(document, False, _fraction(document))
        return self._checked[key]

    def _built_in(self, policy: AnyPolicy) -> AgentPolicy:
        parameters = policy.model_dump(exclude={"type"})
        key = (policy.type, tuple(parameters.items()))
        if key not in self._checked:
            document = library.builtin_document(policy.type, **parameters)
            self._checked[key] = AgentPolicy(document, True, None)
        return self._checked[key]

    def _file(self, json_path: str) -> dict[str, Any]:
        if json_path not in self._files:
            self._files[json_path] = _find_document(json_path, self._folder, self._policy_dirs)
        return self._files[json_path]

    def _overridden(self, document: dict[str, Any], overrides: Overrides, path: str) -> dict[str, Any]:
        own = document.get("parameters", {})
        if not overrides or not isinstance(own, dict):
            return document
        for name in overrides.keys() - own.keys() - {FRACTION}:
            hint = suggestion(name, list(dict.fromkeys((*own, FRACTION))), "parameters")
            place = join_path(("parameters", name), path)
            self.errors.append(Problem(place, MISSING, "the policy document has no such parameter", hint))
        parameters = {**own, **{name: _short(number) for name, number in overrides.items()}}
        return {**document, "parameters": parameters}

    def _check(self, document: dict[str, Any], path: str) -> None:
        """All rules of the policy language, the scenario's toggles, and D42."""
        self.errors += [
            Problem(place, MISSING, message, hint)
            for place, message, hint in language.check_document(document, path=path)
        ]
        if self._toggles is not None and (broken := forbidden(document, self._toggles)):
            self.errors.append(Problem(path, MISSING, broken[0], broken[1]))
        if document.get("payment_tree") is None:
            message = "the policy has no payment_tree: every payment is released at once, as under Fifo"
            self.warnings.append(Problem(path, MISSING, message))


def _find_document(json_path: str, folder: Path, policy_dirs: Iterable[Path]) -> dict[str, Any]:
    """Finds and reads a policy file: first hit of the five places of 06 §10.

    Raises:
        _DocumentError: If it is nowhere, or no acceptable JSON.
    """
    tried: list[str] = []
    remainder = json_path.removeprefix(_REFERENCE_FOLDER)
    places = [Path(json_path)] if Path(json_path).is_absolute() else [folder / json_path, Path.cwd() / json_path]
    if remainder != json_path:
        places += [Path(place) / remainder for place in policy_dirs]
    for place in dict.fromkeys(places):
        if _is_file(place):
            return _parsed(_text(place, json_path), "json_path", json_path)
        tried.append(str(place))
    if remainder != json_path or "/" not in json_path:
        document = library.library_document(remainder)
        if document is not None:
            return _canonical(document)  # type: ignore[no-any-return]
        tried.append(f"the policy library ({show(remainder)})")
    raise _DocumentError("json_path", json_path, "policy file not found", f"Looked at: {'; '.join(tried)}.")


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _text(place: Path, json_path: str) -> bytes:
    try:
        if place.stat().st_size > POLICY_BYTES_MAX:
            raise _DocumentError("json_path", json_path, f"policy files are at most {POLICY_BYTES_MAX} bytes long")
        return place.read_bytes()
    except OSError as error:
        raise _DocumentError("json_path", json_path, f"{place} cannot be read: {error.strerror}") from None


def _parsed(text: str | bytes, key: str, value: object = MISSING) -> dict[str, Any]:
    try:
        return _canonical(read_document(text))  # type: ignore[no-any-return]
    except JsonError as error:
        raise _DocumentError(key, value, f"Invalid JSON: {error}") from None


def _plain(trees: dict[str, Any]) -> dict[str, Any]:
    try:
        check_plain(trees)
    except JsonError as error:
        raise _DocumentError("decision_trees", MISSING, f"not a policy document: {error}") from None
    return _canonical(trees)  # type: ignore[no-any-return]


def _canonical(value: Any) -> Any:
    """The normal form, in which 5 and 5.0 are the same: every number of a document becomes a real anyway (05 §4)."""
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_canonical(inner) for inner in value]
    return _short(value) if isinstance(value, float) else value


def _short(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _fraction(document: dict[str, Any]) -> float | None:
    parameters = document.get("parameters")
    value = parameters.get(FRACTION) if isinstance(parameters, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def compiled(documents: Iterable[dict[str, Any]]) -> Callable[[dict[str, Any]], Any]:
    """A function from document to compiled policy that compiles each document object once."""
    unique = {id(document): document for document in documents}
    policies = {key: language.compile_policy(document) for key, document in unique.items()}
    return lambda document: policies[id(document)]
