"""JSON text to plain data, with the strictness that policy documents and scenario files need.

Belongs here: what counts as JSON (05 §2, 06 §1): no NaN or infinity, no number beyond a double, no unpaired
surrogate, bounded nesting, duplicate keys found. Does not belong here: what a document means.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

from paysim_engine.scenario.bounds import DOCUMENT_DEPTH_MAX

_FIXED_KEYS = frozenset(
    (
        *("version", "policy_id", "description", "parameters"),
        *("payment_tree", "bank_tree", "strategic_collateral_tree", "end_of_tick_collateral_tree"),
        *("type", "node_id", "condition", "on_true", "on_false", "action", "children"),
        *("op", "left", "right", "conditions", "field", "param", "value", "compute"),
        *("values", "min", "max", "numerator", "denominator", "default"),
    )
)
"""Keys of the policy language. Repeating any other key is harmless, since any other key is ignored (05 §2)."""


class JsonError(ValueError):
    """Text that is not acceptable JSON; the message says why."""


class _Pairs(dict[str, Any]):
    """An object of which some keys were given more than once; the last value stands."""

    repeated: tuple[str, ...] = ()


def read_json(text: str | bytes, depth: int = DOCUMENT_DEPTH_MAX) -> Any:
    """Reads JSON text. An object with duplicate keys comes back as a dictionary that `duplicates` finds.

    Raises:
        JsonError: If the text is no JSON, is nested more than `depth` levels deep, holds NaN, an infinity, a number
            beyond the range of a double, or text that cannot be written as UTF-8.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        data = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refused, parse_float=_float, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError:
        raise JsonError("the text is not UTF-8") from None
    except RecursionError:
        raise JsonError(f"nested more than {depth} levels deep") from None
    check_plain(data, depth)
    return data


def read_document(text: str | bytes) -> dict[str, Any]:
    """Reads a policy document: an object without a repeated key of the policy language (05 §2).

    In `parameters` and under a literal `value` any key may be repeated; the last one counts.

    Raises:
        JsonError: As `read_json`, or if the text is no object, or repeats a key.
    """
    data = read_json(text)
    if not isinstance(data, dict):
        raise JsonError("a policy document is an object")
    for path, key in duplicates(data):
        free = path and path[-1] in ("parameters", "value")
        if key in _FIXED_KEYS and not free:
            place = ".".join(str(part) for part in path) or "the document"
            raise JsonError(f'the key "{key}" is given twice in {place}')
    return data


def duplicates(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Path of an object and a key repeated in it, for every repeated key in the data."""
    if isinstance(data, _Pairs):
        yield from ((path, key) for key in data.repeated)
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if isinstance(value, dict | list):
            yield from duplicates(value, (*path, key))


def check_plain(data: Any, depth: int = DOCUMENT_DEPTH_MAX) -> None:
    """Checks that data (read from YAML, perhaps) could have come from acceptable JSON.

    Raises:
        JsonError: If it holds anything but text, numbers, booleans, null, lists and mappings with text keys, is
            nested more than `depth` levels deep, or has an unacceptable number or text.
    """
    level, number = [data], 1
    while level:
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict | list) and number > depth:
                raise JsonError(f"nested more than {depth} levels deep")
            if isinstance(value, dict):
                _check_keys(value)
                below += value.values()
            elif isinstance(value, list):
                below += value
            else:
                _check_scalar(value)
        level, number = below, number + 1


def _check_keys(mapping: dict[Any, Any]) -> None:
    for key in mapping:
        if not isinstance(key, str):
            raise JsonError(f"the key {key!r:.40} is not text")
        _check_text(key)


def _check_scalar(value: Any) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        _integer(value)
    elif not isinstance(value, float):
        raise JsonError(f"{value!s:.40} is a {type(value).__name__}, which JSON does not have")
    elif not math.isfinite(value):
        raise JsonError("infinities and NaN are no numbers here")


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise JsonError(f"the text {text[:40]!r} has an unpaired surrogate") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    repeated = dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    marked = _Pairs(result)
    marked.repeated = tuple(repeated)
    return marked


def _refused(word: str) -> Any:
    raise JsonError(f"{word} is no number here")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError(f"{text[:40]} is beyond the range of a double")
    return number


def _integer(text: str | int) -> int:
    try:
        number = int(text)
        float(number)
    except (OverflowError, ValueError):
        raise JsonError("a whole number is beyond the range of a double") from None
    return number
