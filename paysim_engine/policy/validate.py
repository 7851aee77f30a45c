"""The checks of a policy document, all of them at load and all problems at once (D29, 05 §8.1).

Belongs here: walking the trees with the catalogue in hand. Does not belong here: the catalogue itself (`fields`,
`language`), reading text, the policy section of a scenario file (`scenario`).
"""

from collections.abc import Sequence
from typing import Any

from paysim_engine.policy.document import (
    ACTION_ORDER,
    EXPRESSION_ORDER,
    child_id,
    form_of,
    number_of,
    registers_set,
)
from paysim_engine.policy.fields import (
    BANK_TREE,
    FIELDS,
    PAYMENT_TREE,
    REGISTER_PREFIX,
    TREES,
    WITHDRAWN_FIELDS,
    fields_of,
)
from paysim_engine.policy.language import (
    ACTIONS,
    COMPARISONS,
    COMPUTATIONS,
    CONNECTIVES,
    DEPTH_MAX,
    LOOSE_TEXT,
    NAMES,
    NODE_KINDS,
    NUMBER,
    REGISTERS_MAX,
    Action,
    Operator,
    Parameter,
    actions_of,
)
from paysim_engine.wording import join_path, show, suggestion

Place = tuple[str | int, ...]
"""Where something stands in the document, as keys and positions from the top."""

NESTING_MAX = 127
"""Nesting of objects and lists in a document (05 §2)."""

VALUES_MAX = 1_000_000
"""Objects, lists and scalars in a document; one that is used in several places counts in each."""

_ZERO = 2.220446049250313e-16
_FORMS = 'a value is an object with "field", "param", "value" or "compute"'


def check_document(document: object, *, path: str = "") -> list[tuple[str, str, str]]:
    """Checks a policy document: all trees, whether or not anything in them would ever be reached.

    Args:
        document: The document as plain data.
        path: Key path of the document in its file; every problem's path continues it.

    Returns:
        One (path, message, hint) per problem, in the order of the document; empty if the document is valid. The
        message names policy, tree and node; the hint says what is valid instead, and may be empty.
    """
    return _Checker(path).check(document)


def too_large(document: object) -> str | None:
    """Why a document is too deep or too large to be looked at; None if it is not."""
    waiting: list[tuple[object, int]] = [(document, 1)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if parts and depth > NESTING_MAX:
            return f"the document is nested more than {NESTING_MAX} levels deep"
        if seen + len(waiting) + len(parts) > VALUES_MAX:
            return f"the document has more than {VALUES_MAX} values"
        waiting.extend((part, depth + 1) for part in parts)
    return None


class _Checker:
    """One pass over one document, collecting problems."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[tuple[str, str, str]] = []
        self.policy = ""
        self.parameters: dict[str, object] | None = None
        self.ids: dict[str, str] = {}
        self.tree = ""
        self.node = ""
        self.deepest = 0

    def report(self, place: Place, message: str, hint: str = "") -> None:
        """Note a problem of the document as a whole, or of the node at hand if there is one."""
        where = f"policy {show(self.policy)}" if self.policy else "policy"
        if self.tree:
            where += f", {self.tree}"
        if self.node:
            where += f", node {show(self.node)}"
        self.problems.append((join_path(place, self.path), f"{where}: {message}", hint))

    # ---- the document ----

    def check(self, document: object) -> list[tuple[str, str, str]]:
        """All problems of `document`."""
        if not isinstance(document, dict):
            self.report((), f"a policy document is an object, got {show(document)}")
            return self.problems
        if (excess := too_large(document)) is not None:
            self.report((), excess)
            return self.problems
        self.head(document)
        for tree in TREES:
            if document.get(tree) is not None:
                self.tree, self.node, self.deepest = tree, "", 0
                self.check_node(document[tree], (tree,), tree, 0)
                self.node = ""
                if self.deepest > DEPTH_MAX:
                    message = f"the tree is {self.deepest} nodes deep below its root; at most {DEPTH_MAX} are allowed"
                    self.report((tree,), message)
        registers = registers_set(document)
        if len(registers) > REGISTERS_MAX:
            self.tree, self.node = BANK_TREE, ""
            message = f"the tree sets {len(registers)} state registers; an agent has at most {REGISTERS_MAX}"
            self.report((BANK_TREE,), message, f"It sets {', '.join(registers)}.")
        return self.problems

    def head(self, document: dict[str, Any]) -> None:
        """The keys beside the trees."""
        if isinstance(document.get("policy_id"), str):
            self.policy = document["policy_id"]
        for key in ("version", "policy_id"):
            if key not in document:
                self.report((key,), f'the document needs a "{key}", a text')
            elif not isinstance(document[key], str):
                message = f'"{key}" is a text, got {show(document[key])}'
                self.report((key,), message, f'Write it in quotes: "{document[key]}".')
        if not isinstance(document.get("description"), str | None):
            self.report(("description",), f'"description" is a text, got {show(document["description"])}')
        parameters = document.get("parameters", {})
        if not isinstance(parameters, dict):
            self.report(("parameters",), f'"parameters" is an object of numbers, got {show(parameters)}')
            return
        self.parameters = parameters
        for name, number in parameters.items():
            if number_of(number) is None:
                self.report(("parameters", name), f"a parameter is a number, got {show(number)}")

    # ---- nodes ----

    def check_node(self, node: object, place: Place, path: str, depth: int) -> None:
        """A node and all below it; `path` is its place in the tree, its id unless it has one of its own."""
        self.node = path
        self.deepest = max(self.deepest, depth)
        if not isinstance(node, dict):
            self.report(place, f"a node is an object, got {show(node)}")
            return
        self.identify(node, place, path)
        name = self.node
        kind = node.get("type")
        if kind == "condition":
            self.check_description(node, place)
            self.check_expression(node.get("condition"), (*place, "condition"))
            for key in ("on_true", "on_false"):
                self.node = name
                if key in node:
                    self.check_node(node[key], (*place, key), child_id(path, key), depth + 1)
                else:
                    self.report((*place, key), f'a condition node needs "{key}", a node')
        elif kind == "sequence":
            self.check_description(node, place)
            self.check_sequence(node, place, path, depth)
        elif kind == "action":
            self.check_action(node, place)
        elif "type" not in node:
            self.report((*place, "type"), 'a node needs a "type"', suggestion(None, list(NODE_KINDS), "types"))
        else:
            self.report((*place, "type"), f"unknown type of node {show(kind)}", suggestion(kind, list(NODE_KINDS)))

    def identify(self, node: dict[str, Any], place: Place, path: str) -> None:
        """The node's id, which no other node of the document may have."""
        name = node.get("node_id", path)
        if not isinstance(name, str):
            self.report((*place, "node_id"), f'"node_id" is a text, got {show(name)}', "Leave it out for a default.")
            return
        self.node = name
        if name in self.ids:
            message = f"the node_id {show(name)} is used twice; node ids are unique over all trees"
            self.report((*place, "node_id"), message, f"It is also the id of {self.ids[name]}.")
        else:
            self.ids[name] = path

    def check_description(self, node: dict[str, Any], place: Place) -> None:
        if not isinstance(node.get("description"), str | None):
            self.report((*place, "description"), f'"description" is a text, got {show(node["description"])}')

    def check_sequence(self, node: dict[str, Any], place: Place, path: str, depth: int) -> None:
        name = self.node
        if self.tree != BANK_TREE:
            self.report(place, f"a sequence cannot stand in {self.tree}", f"Only {BANK_TREE} may have sequences.")
        children = node.get("children")
        if not isinstance(children, list):
            self.report((*place, "children"), 'a sequence needs "children", a list of nodes')
            return
        for index, child in enumerate(children):
            self.node = name
            self.check_node(child, (*place, "children", index), child_id(path, "children", index), depth + 1)

    # ---- actions ----

    def check_action(self, node: dict[str, Any], place: Place) -> None:
        name = node.get("action")
        valid = actions_of(self.tree)
        action = ACTIONS.get(name) if isinstance(name, str) else None
        if "action" not in node:
            self.report((*place, "action"), 'an action node needs an "action"', suggestion(None, valid, "actions"))
        elif action is None:
            self.report((*place, "action"), f"unknown action {show(name)}", suggestion(name, valid, "actions"))
        elif self.tree not in action.trees:
            hint = f"It belongs in {' or '.join(action.trees)}; valid here: {', '.join(valid)}."
            self.report((*place, "action"), f"action {show(name)} cannot stand in {self.tree}", hint)
        parameters = node.get("parameters", {})
        place = (*place, "parameters")
        if not isinstance(parameters, dict):
            self.report(place, f'"parameters" of an action is an object, got {show(parameters)}')
            return
        if action is None or self.tree not in action.trees:
            # What the parameters should be is unknown; what they refer to can still be wrong.
            for key, value in parameters.items():
                self.check_value(value, (*place, key), ACTION_ORDER, any_literal=True)
            return
        self.check_parameters(action, parameters, place)

    def check_parameters(self, action: Action, parameters: dict[str, Any], place: Place) -> None:
        known = {name: spec for spec in action.parameters for name in (spec.name, spec.alias) if name}
        for key, value in parameters.items():
            if key in known:
                self.check_parameter(known[key], value, (*place, key))
                continue
            names = [spec.name for spec in action.parameters]
            hint = suggestion(key, names, "parameters") if names else "It has none."
            self.report((*place, key), f"{action.name} has no parameter {show(key)}", hint)
        for spec in action.parameters:
            if spec.required and spec.name not in parameters and (not spec.alias or spec.alias not in parameters):
                self.report((*place, spec.name), f'{action.name} needs the parameter "{spec.name}"', spec.meaning)

    def check_parameter(self, spec: Parameter, value: object, place: Place) -> None:
        if spec.kind in (NUMBER, LOOSE_TEXT):
            self.check_value(value, place, ACTION_ORDER, numeric=True, any_literal=spec.kind == LOOSE_TEXT)
            return
        if not isinstance(value, dict) or form_of(value, ACTION_ORDER) is None:
            self.report_shape(value, place)
            return
        literal = value.get("value")
        if form_of(value, ACTION_ORDER) != "value":
            self.check_value(value, place, ACTION_ORDER)
            self.report(place, f'"{spec.name}" must be a literal', f'Write {{"value": …}}: {spec.meaning}')
        elif spec.kind == NAMES:
            if not isinstance(literal, list) or not all(isinstance(name, str) for name in literal):
                self.report(place, f'"{spec.name}" must be a list of agent ids, got {show(literal)}')
        elif not isinstance(literal, str):
            self.report(place, f'"{spec.name}" must be a text, got {show(literal)}')
        elif spec.choices and literal not in spec.choices:
            message = f'"{spec.name}" must be one of {", ".join(spec.choices)}, got {show(literal)}'
            self.report(place, message, suggestion(literal, list(spec.choices)))
        elif spec.name == "key" and not literal.isidentifier():
            message = f"the key of a register must be an identifier, got {show(literal)}"
            self.report(place, message, "Letters, digits and underscores, not beginning with a digit.")

    # ---- values ----

    def report_shape(self, value: object, place: Place) -> None:
        """A value that has none of the forms."""
        if isinstance(value, dict):
            self.report(place, f"{_FORMS}, got {show(value)}")
        else:
            self.report(place, f"{_FORMS}, got {show(value)}", f'For a literal write {{"value": {show(value)}}}.')

    def check_value(
        self, value: object, place: Place, order: Sequence[str], *, numeric: bool = False, any_literal: bool = False
    ) -> None:
        """A value object; `numeric` refuses true and false as literals, `any_literal` accepts all literals."""
        form = form_of(value, order) if isinstance(value, dict) else None
        if form is None or not isinstance(value, dict):
            self.report_shape(value, place)
        elif form == "field":
            self.check_field(value["field"], (*place, form))
        elif form == "param":
            if self.parameters is not None and value["param"] not in self.parameters:
                hint = suggestion(value["param"], list(self.parameters), "parameters")
                message = f"unknown parameter {show(value['param'])}"
                self.report((*place, form), message, hint if self.parameters else "The document has no parameters.")
        elif form == "compute":
            self.check_computation(value["compute"], (*place, form))
        elif not any_literal and number_of(value["value"]) is None:
            literal = value["value"]
            if numeric or not isinstance(literal, bool):
                self.report((*place, form), f"a literal must be a number here, got {show(literal)}")

    def check_field(self, name: str, place: Place) -> None:
        if name.startswith(REGISTER_PREFIX):
            return
        field = FIELDS.get(name)
        if field is None:
            hint = WITHDRAWN_FIELDS.get(name) or suggestion(name, fields_of(self.tree), "fields")
            self.report(place, f"unknown field {show(name)}", hint)
        elif self.tree not in field.trees:
            message = f"the field {show(name)} cannot be used in {self.tree}: there is no payment"
            self.report(place, message, f"It belongs in {PAYMENT_TREE}.")

    def check_computation(self, computation: dict[str, Any], place: Place) -> None:
        operator = self.operator(computation, place, COMPUTATIONS, "computation")
        if operator is None:
            return
        for key in operator.operands:
            if key in computation:
                self.check_value(computation[key], (*place, key), EXPRESSION_ORDER)
            else:
                self.report((*place, key), f'"{operator.name}" needs "{key}", a value')
        if operator.many:
            values = computation.get(operator.many)
            if not isinstance(values, list) or not values:
                self.report((*place, operator.many), f'"{operator.name}" needs "{operator.many}", a list of values')
            else:
                for index, value in enumerate(values):
                    self.check_value(value, (*place, operator.many, index), EXPRESSION_ORDER)
        if operator.name == "/" and _is_zero(computation.get("right")):
            message = "division by a literal 0"
            self.report((*place, "right"), message, 'Use "div0" for a divisor that may be 0.')

    def check_expression(self, expression: object, place: Place) -> None:
        if not isinstance(expression, dict):
            self.report(place, f'a condition is an object with an "op", got {show(expression)}')
            return
        operator = self.operator(expression, place, {**COMPARISONS, **CONNECTIVES}, "condition")
        if operator is None:
            return
        for key in operator.operands:
            if key not in expression:
                what = "an expression" if operator.name == "not" else "a value"
                self.report((*place, key), f'"{operator.name}" needs "{key}", {what}')
            elif operator.name == "not":
                self.check_expression(expression[key], (*place, key))
            else:
                self.check_value(expression[key], (*place, key), EXPRESSION_ORDER)
        if operator.many:
            parts = expression.get(operator.many)
            if not isinstance(parts, list):
                self.report((*place, operator.many), f'"{operator.name}" needs "{operator.many}", a list of conditions')
            else:
                for index, part in enumerate(parts):
                    self.check_expression(part, (*place, operator.many, index))

    def operator(self, data: dict[str, Any], place: Place, valid: dict[str, Operator], what: str) -> Operator | None:
        """The operator of an expression or computation; None, with a report, if there is no such operator."""
        name = data.get("op")
        operator = valid.get(name) if isinstance(name, str) else None
        if operator is None:
            message = f'a {what} needs an "op"' if "op" not in data else f"unknown operator {show(name)} of a {what}"
            self.report((*place, "op"), message, suggestion(name, list(valid), "operators"))
        return operator


def _is_zero(value: object) -> bool:
    """Whether a divisor is a literal 0."""
    if not isinstance(value, dict) or form_of(value, EXPRESSION_ORDER) != "value":
        return False
    literal = value["value"]
    number = float(literal) if isinstance(literal, bool) else number_of(literal)
    return number is not None and abs(number) < _ZERO
