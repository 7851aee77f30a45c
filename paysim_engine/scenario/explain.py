"""Pydantic's findings in the words of the scenario file.

Belongs here: from a validation error to a problem with key path, value, rule and hint (06 §1, "Error reports").
Does not belong here: the rules themselves (`sections`).
"""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from paysim_engine.scenario.problems import MISSING, Problem
from paysim_engine.scenario.shape import Place, discriminator, locate, places_of, tags
from paysim_engine.wording import join_path, nearest, suggestion

_QUOTE = "Quote it: YAML reads unquoted NO, on, 5 or 2024-01-01 as something else than text."
_WORDS = {
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "string_type": "must be text",
    "bool_type": "must be true or false",
}
_NOT_IN_YAML = {
    "MockStaggerSplit": "Write an Inline document whose payment tree is one StaggerSplit action.",
}
_REQUIRED_WITH = {
    "amount": "Fixed mode requires 'amount'",
    "bps_per_event": "Rate mode requires 'bps_per_event'",
}
"""The wording that the reference uses for its two penalty forms."""


def explain(error: ValidationError, data: Any) -> Iterator[Problem]:
    """One problem per finding.

    Args:
        error: What pydantic says.
        data: The whole file as read, to look up offending values.
    """
    for detail in error.errors(include_url=False, include_context=True):
        yield _explain(detail, data)


def _explain(detail: ErrorDetails, data: Any) -> Problem:
    kind, location, value = detail["type"], detail["loc"], detail["input"]
    if kind == "invalid_key" or (location and location[-1] == "[key]"):
        parent = locate(location[:-1] if kind == "invalid_key" else location[:-2])
        return Problem(join_path(parent.path), value, "keys must be text", _QUOTE)
    place = locate(location)
    if kind == "extra_forbidden":
        return _unknown(place, locate(location[:-1]), locate(location[:-2]))
    if kind == "missing":
        return _missing(place, locate(location[:-1]))
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _variant(place, value)
    path, message, hint = place.path, _WORDS.get(kind, detail["msg"]), ""
    context = detail.get("ctx", {})
    if "key" in context:
        path = (*path, context["key"])
        value = value.get(context["key"], MISSING) if isinstance(value, dict) else value
    if kind == "literal_error":
        message, hint = "is not a known name", suggestion(value, _literals(place))
    elif kind == "string_type":
        hint = _QUOTE
    elif kind in ("too_long", "string_too_long"):
        message, value = detail["msg"].replace("String", "").replace("should", "must").strip(), _lookup(data, path)
    elif kind == "string_too_short":
        message = "must not be empty"
    elif kind == "number":
        hint = _number_hint(value)
    if value is None:
        hint = "Leave the key out where there is nothing to say."
    return Problem(join_path(path), value, message, hint)


def _literals(place: Place) -> list[str]:
    return [str(name) for kind in place.kinds for name in getattr(kind, "__args__", ())]


def _lookup(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def _number_hint(value: Any) -> str:
    if isinstance(value, bool):
        return "A boolean is not a number; YAML reads unquoted yes, no, on and off as booleans."
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return ""
        if number.is_integer() and abs(number) < 10**16:
            return f"YAML reads {value} as text: write {int(number)}."
    return ""


def _unknown(place: Place, parent: Place, variants: Place) -> Problem:
    """A key that the mapping does not have; `variants` is the mapping before one of its variants was chosen."""
    name, valid, path = str(place.path[-1]), parent.names, join_path(place.path)
    if variants.path == parent.path and name in variants.names:
        model = parent.models[0]
        kind = f"{discriminator(model)} {tags(model)[0]}"
        return Problem(path, MISSING, f"not a key of {kind}", f"Valid names: {', '.join(valid)}.")
    meant = nearest(name, valid)
    if meant is not None:
        return Problem(path, MISSING, "unknown key", f'Did you mean "{meant}"?')
    elsewhere = places_of(name)
    if "" in elsewhere:
        return Problem(path, MISSING, "unknown key here", f'It belongs at the top level: "{name}".')
    if elsewhere:
        where = " or ".join(f'"{parent}.{name}"' for parent in elsewhere[:3])
        return Problem(path, MISSING, "unknown key here", f"It belongs at {where}.")
    return Problem(path, MISSING, "unknown key", f"Valid names: {', '.join(valid)}.")


def _missing(place: Place, parent: Place) -> Problem:
    name = str(place.path[-1])
    path = join_path(place.path)
    if name in _REQUIRED_WITH and any(discriminator(model) == "mode" for model in parent.models):
        return Problem(path, MISSING, f"missing: {_REQUIRED_WITH[name]}")
    return Problem(path, MISSING, "missing, but required")


def _variant(place: Place, value: Any) -> Problem:
    key = discriminator(place.models[0]) or "type"
    path = join_path((*place.path, key))
    if key not in value:
        return Problem(path, MISSING, "missing, but required", f"One of: {', '.join(place.variants)}.")
    tag = value[key]
    hint = _NOT_IN_YAML.get(tag) if isinstance(tag, str) else None
    return Problem(path, tag, f"is not a known {key}", hint or suggestion(tag, place.variants, f"{key}s"))
