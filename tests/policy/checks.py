"""Short ways to write wrong documents and to look at their problems.

Belongs here: builders and calls. Does not belong here: any rule.
"""

from typing import Any

from paysim_engine.policy import check_document
from tests.policy.worlds import RELEASE, Node, document, literal


def branch(condition: Any, on_true: Any = RELEASE, on_false: Any = RELEASE, **keys: Any) -> Node:
    return {"type": "condition", "condition": condition, "on_true": on_true, "on_false": on_false, **keys}


def action(name: str, **parameters: Any) -> Node:
    return {"type": "action", "action": name, "parameters": parameters}


def comparing(value: Any) -> Node:
    return branch({"op": "<", "left": value, "right": literal(0)})


def problems(path: str = "", **keys: Any) -> list[tuple[str, str, str]]:
    return check_document(document(**keys), path=path)


def only(**keys: Any) -> tuple[str, str, str]:
    """The one problem of a document."""
    found = problems(**keys)
    assert len(found) == 1, found
    return found[0]


def of_payment_tree(tree: Any, **keys: Any) -> tuple[str, str, str]:
    return only(payment_tree=tree, **keys)
