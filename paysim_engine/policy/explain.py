"""A policy document in words, for `paysim policy explain`.

Belongs here: writing the trees of a valid document as sentences, and the meaning of what they use. Does not belong
here: the words of each operator and action (`language`), colours and paging (`paysim_pipeline.cli`).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from paysim_engine.policy.document import (
    ACTION_ORDER,
    EXPRESSION_ORDER,
    child_id,
    form_of,
    registers_read,
    registers_set,
    trees_in,
)
from paysim_engine.policy.fields import BANK_TREE, FIELDS, PAYMENT_TREE, REGISTER_PREFIX
from paysim_engine.policy.language import (
    ACTIONS,
    COMPARISONS,
    COMPUTATIONS,
    LOOSE_TEXT,
    TREE_MEANINGS,
    Parameter,
)

_INDENT = "  "
_NODE_COLUMN = 96
"""Node ids stand in this column, out of the way of the sentences."""


def explain(document: dict[str, Any]) -> str:
    """The document in words, as lines of text.

    Args:
        document: A document without problems (`check_document`).

    Returns:
        Heading and description, parameters, one paragraph per tree, and what each field and register means that
        the trees use.
    """
    writer = _Writer(document)
    return "\n".join(writer.document_lines()) + "\n"


def number_words(number: float) -> str:
    """A number as briefly as it can be written exactly: 5, 0.25, 1e+20."""
    exact = float(number)
    return str(int(exact)) if exact.is_integer() and abs(exact) < 1e15 else repr(exact)


def _listed(words: Sequence[str], last: str) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


class _Writer:
    """Writes one document, noting the names it comes across."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.parameters: dict[str, Any] = document.get("parameters", {})
        self.fields: dict[str, None] = {}
        self.tree = ""

    def document_lines(self) -> Iterator[str]:
        """The whole text."""
        yield f"Policy {self.document['policy_id']}"
        if self.document.get("description"):
            yield f"{self.document['description']}"
        if self.parameters:
            yield ""
            yield "Parameters"
            width = max(map(len, self.parameters))
            for name, number in self.parameters.items():
                yield f"{_INDENT}{name.ljust(width)}  {number_words(number)}"
        trees = trees_in(self.document)
        for tree in trees:
            self.tree = tree
            yield ""
            yield f"{tree}: {TREE_MEANINGS[tree]}"
            yield from self.node_lines(self.document[tree], tree, _INDENT)
        if PAYMENT_TREE not in trees:
            yield ""
            yield f"There is no {PAYMENT_TREE}: every payment is released at once."
        if self.fields:
            yield ""
            yield "What it looks at"
            yield from self.glossary()

    def glossary(self) -> Iterator[str]:
        """Fields and registers that were used, with unit and meaning."""
        width = max(map(len, self.fields))
        registers = set(registers_set(self.document))
        for name in sorted(self.fields):
            if not name.startswith(REGISTER_PREFIX):
                meaning = f"[{FIELDS[name].unit}] {FIELDS[name].meaning}"
            elif registers.isdisjoint(registers_read(name)):
                meaning = "A state register that the policy never sets: always 0."
            else:
                meaning = "A state register of this policy; 0 until it is set."
            yield f"{_INDENT}{name.ljust(width)}  {meaning}"

    # ---- nodes ----

    def node_lines(self, node: dict[str, Any], path: str, indent: str) -> Iterator[str]:
        """A node and what follows from it; a chain of alternatives stays at one indentation."""
        name = node.get("node_id", path)
        if node["type"] == "action":
            yield self.line(indent, self.action(node), name)
            return
        if node["type"] == "sequence":
            yield self.line(indent, "in this order:", name)
            for i, child in enumerate(node["children"]):
                yield from self.node_lines(child, child_id(path, "children", i), indent + _INDENT)
            return
        opening = "if"
        while node["type"] == "condition":
            name = node.get("node_id", path)
            yield self.line(indent, f"{opening} {self.expression(node['condition'])}:", name)
            yield from self.node_lines(node["on_true"], child_id(path, "on_true"), indent + _INDENT)
            node, path, opening = node["on_false"], child_id(path, "on_false"), "otherwise, if"
        yield f"{indent}otherwise:"
        yield from self.node_lines(node, path, indent + _INDENT)

    def line(self, indent: str, words: str, node: str) -> str:
        """A line with the id of its node at the end."""
        return f"{(indent + words).ljust(_NODE_COLUMN)}  [{node}]"

    def action(self, node: dict[str, Any]) -> str:
        """An action as a sentence."""
        name = node["action"]
        action = ACTIONS["NoAction" if name == "Hold" and self.tree == BANK_TREE else name]
        given = node.get("parameters", {})
        named = {
            spec.name: self.parameter(spec, given.get(spec.name, given.get(spec.alias)))
            for spec in action.parameters
            if not spec.words
        }
        sentence = action.words.format_map(named)
        for spec in action.parameters:
            value = given.get(spec.name, given.get(spec.alias) if spec.alias else None)
            words = self.parameter(spec, value) if spec.words and value is not None else ""
            if words:
                sentence += spec.words.format(words)
        return sentence

    def parameter(self, spec: Parameter, value: dict[str, Any]) -> str:
        """A parameter of an action; empty if it counts as absent."""
        literal = value.get("value")
        if isinstance(literal, str):
            return literal if spec.required else f'"{literal}"' if spec.name == "reason" else literal
        if spec.kind == LOOSE_TEXT:
            return ""
        if isinstance(literal, list):
            return _listed(literal, "and")
        return self.value(value, ACTION_ORDER)

    # ---- values ----

    def expression(self, expression: dict[str, Any], *, inner: bool = False) -> str:
        """A condition; an `inner` combination is put in brackets."""
        op = expression["op"]
        if op == "not":
            return f"not {self.expression(expression['condition'], inner=True)}"
        if op in ("and", "or"):
            parts = [self.expression(part, inner=True) for part in expression["conditions"]]
            if len(parts) < 2:
                return "".join(parts) or ("always" if op == "and" else "never")
            words = f" {op} ".join(parts)
            return f"({words})" if inner else words
        sides = {key: self.value(expression[key]) for key in ("left", "right")}
        return COMPARISONS[op].words.format_map(sides)

    def value(self, value: dict[str, Any], order: Sequence[str] = EXPRESSION_ORDER, *, inner: bool = False) -> str:
        """A value; an `inner` computation is put in brackets."""
        form = form_of(value, order)
        if form == "field":
            self.fields[value["field"]] = None
            return str(value["field"])
        if form == "param":
            return f"{value['param']} ({number_words(self.parameters[value['param']])})"
        if form == "compute":
            words = self.computation(value["compute"])
            return f"({words})" if inner else words
        return number_words(value["value"])

    def computation(self, computation: dict[str, Any]) -> str:
        """A computation, its operands in brackets where they are computations themselves."""
        operator = COMPUTATIONS[computation["op"]]
        if operator.many:
            parts = [self.value(part, inner=True) for part in computation[operator.many]]
            return f"{operator.words} {_listed(parts, 'and')}"
        operands = {key: self.value(computation[key], inner=True) for key in operator.operands}
        return operator.words.format_map(operands)
