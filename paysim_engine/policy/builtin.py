"""The documents of the built-in policy types (05 §9.1), as data.

Belongs here: the five trees. Does not belong here: the parameters of a scenario (`library`), ranges of those parameters
(`scenario`).
"""

from typing import Any, Final

Node = dict[str, Any]


def _action(node_id: str, action: str, **parameters: Any) -> Node:
    node: Node = {"type": "action", "node_id": node_id, "action": action}
    if parameters:
        node["parameters"] = parameters
    return node


def _if(node_id: str, left: Node, op: str, right: Node, on_true: Node, on_false: Node) -> Node:
    condition = {"op": op, "left": left, "right": right}
    return {"type": "condition", "node_id": node_id, "condition": condition, "on_true": on_true, "on_false": on_false}


def _field(name: str) -> Node:
    return {"field": name}


def _param(name: str) -> Node:
    return {"param": name}


def _hold(node_id: str, reason: str) -> Node:
    return _action(node_id, "Hold", reason={"value": reason})


def _past_deadline(otherwise: Node) -> Node:
    drop = _action("A1", "Drop")
    return _if("N1", _field("deadline_tick"), "<=", _field("current_tick"), drop, otherwise)


def _urgent(threshold: Node, urgent: Node, otherwise: Node) -> Node:
    return _if("N2", _field("ticks_to_deadline"), "<=", threshold, urgent, otherwise)


def _document(policy_id: str, description: str, parameters: dict[str, float], tree: Node) -> dict[str, Any]:
    return {
        "version": "1.0",
        "policy_id": policy_id,
        "description": description,
        "parameters": parameters,
        "payment_tree": tree,
    }


def _enough(node_id: str, release: str, hold: str) -> Node:
    """Release what is covered, hold the rest."""
    return _if(
        node_id,
        _field("effective_liquidity"),
        ">=",
        _field("remaining_amount"),
        _action(release, "Release"),
        _hold(hold, "InsufficientLiquidity"),
    )


def _split_if_any(node_id: str, split: str, parts: Node, hold: str) -> Node:
    """Split if there is any money, hold otherwise."""
    return _if(
        node_id,
        _field("balance"),
        ">",
        {"value": 0},
        _action(split, "Split", num_splits=parts),
        _hold(hold, "InsufficientLiquidity"),
    )


def _covered(node_id: str, release: str, otherwise: Node) -> Node:
    return _if(node_id, _field("balance"), ">=", _field("amount"), _action(release, "Release"), otherwise)


BUILTIN: Final[dict[str, dict[str, Any]]] = {
    "Fifo": _document("fifo_policy", "Releases every payment at once.", {}, _action("A1", "Release")),
    "Deadline": _document(
        "deadline_policy",
        "Waits until the deadline is near, and gives up what is due.",
        {"urgency_threshold": 5.0},
        _past_deadline(_urgent(_param("urgency_threshold"), _action("A2", "Release"), _hold("A3", "NearDeadline"))),
    ),
    "LiquidityAware": _document(
        "liquidity_aware_policy",
        "Pays what leaves a buffer of money in the account; urgent payments may use it and the credit line.",
        {"target_buffer": 50000.0, "urgency_threshold": 5.0},
        _past_deadline(
            _urgent(
                _param("urgency_threshold"),
                _enough("N3", "A2", "A3"),
                _if(
                    "N4",
                    _param("target_buffer"),
                    "==",
                    {"value": 0},
                    _enough("N5", "A4", "A5"),
                    _if(
                        "N6",
                        {"compute": {"op": "-", "left": _field("balance"), "right": _field("remaining_amount")}},
                        "<",
                        _param("target_buffer"),
                        _hold("A6", "InsufficientLiquidity"),
                        _action("A7", "Release"),
                    ),
                ),
            )
        ),
    ),
    "LiquiditySplitting": _document(
        "liquidity_splitting_policy",
        "Pays what the balance covers, and splits the rest while there is any money, finer when it is urgent.",
        {"max_splits": 4.0, "min_split_amount": 10000.0},
        _past_deadline(
            _urgent(
                {"value": 5},
                _covered("N3", "A2", _split_if_any("N4", "A3", _param("max_splits"), "A4")),
                _covered("N5", "A5", _split_if_any("N6", "A7", {"value": 2}, "A6")),
            )
        ),
    ),
    "MockSplitting": _document(
        "mock_splitting_policy",
        "Splits every payment, whatever its size.",
        {"num_splits": 2.0},
        _action("A1", "Split", num_splits=_param("num_splits")),
    ),
}
"""The document of each built-in type, with its default parameters."""

FILES: Final = {
    "fifo.json": "Fifo",
    "deadline.json": "Deadline",
    "liquidity_aware.json": "LiquidityAware",
    "liquidity_splitting.json": "LiquiditySplitting",
    "mock_splitting.json": "MockSplitting",
}
"""File names under which the same documents are known."""
