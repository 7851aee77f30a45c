"""How a policy document is read: the forms of a value, default node ids, its registers (05 §2-§4, D29).

Belongs here: the few rules of reading that the checks (`validate`), the compiler (`compile`) and `explain` share. Does
not belong here: JSON text (`scenario.json_reader`), and whether a document is valid.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from paysim_engine.policy.fields import BANK_TREE, REGISTER_PREFIX, TREES

EXPRESSION_ORDER: Final = ("field", "param", "value", "compute")
"""Order in which the forms of a value are tried in expressions and computations."""

ACTION_ORDER: Final = ("value", "field", "param", "compute")
"""The same for the parameters of an action."""

_TYPES: Final[dict[str, type]] = {"field": str, "param": str, "value": object, "compute": dict}


def form_of(value: dict[str, Any], order: Sequence[str]) -> str | None:
    """The form of a value object: the first key of `order` that it has with the right type; None if there is none."""
    for key in order:
        if key in value and isinstance(value[key], _TYPES[key]):
            return key
    return None


def number_of(literal: object) -> float | None:
    """A JSON number as a double; None for anything else, and for a number that is not finite."""
    if isinstance(literal, bool) or not isinstance(literal, int | float):
        return None
    try:
        number = float(literal)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def text_of(value: object) -> str | None:
    """The text of a literal; None if `value` is no value object or its literal no text."""
    literal = value.get("value") if isinstance(value, dict) else None
    return literal if isinstance(literal, str) else None


def child_id(parent: str, key: str, index: int | None = None) -> str:
    """The default id of a node below `parent`: its path, such as `bank_tree.children[0].on_true`."""
    return f"{parent}.{key}" if index is None else f"{parent}.{key}[{index}]"


def children_of(node: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The nodes directly below a node, each with its path from the tree on; parts that are no nodes are left out."""
    if node.get("type") == "sequence":
        children = node.get("children")
        if isinstance(children, list):
            for index, child in enumerate(children):
                if isinstance(child, dict):
                    yield child, child_id(path, "children", index)
    elif node.get("type") == "condition":
        for key in ("on_true", "on_false"):
            if isinstance(node.get(key), dict):
                yield node[key], child_id(path, key)


def nodes_of(document: dict[str, Any], tree: str) -> Iterator[tuple[dict[str, Any], str]]:
    """All nodes of a tree with their paths, each before its children, the first branch first."""
    root = document.get(tree)
    waiting = [(root, tree)] if isinstance(root, dict) else []
    while waiting:
        node, path = waiting.pop()
        yield node, path
        waiting += reversed(list(children_of(node, path)))


def has_tree(document: dict[str, Any], tree: str) -> bool:
    """Whether the document has the tree; an explicit null counts as absent."""
    return document.get(tree) is not None


def trees_in(document: dict[str, Any]) -> list[str]:
    """The trees of a document, in the usual order."""
    return [tree for tree in TREES if has_tree(document, tree)]


def registers_set(document: dict[str, Any]) -> list[str]:
    """Keys of the registers that the bank tree can set, ascending (D2, D41)."""
    keys: set[str] = set()
    for node, _ in nodes_of(document, BANK_TREE):
        parameters = node.get("parameters")
        if node.get("action") in ("SetState", "AddState") and isinstance(parameters, dict):
            key = text_of(parameters.get("key"))
            if key is not None:
                keys.add(key)
    return sorted(keys)


def registers_read(field: str) -> tuple[str, str]:
    """The two keys that a register field reads: the first if it is set, else the second (D29)."""
    return field, field.removeprefix(REGISTER_PREFIX)
