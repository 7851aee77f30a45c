"""The whole policy language as one page: for `paysim policy schema` and the manual.

Belongs here: laying the catalogues of `fields` and `language` out as data, text or markdown. Does not belong here: any
fact about the language that is not in a catalogue.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from paysim_engine.policy.fields import FIELDS, REGISTER_PREFIX, TREES, Field
from paysim_engine.policy.language import (
    ACTIONS,
    COMPARISONS,
    COMPUTATIONS,
    CONNECTIVES,
    DEPTH_MAX,
    KIND_MEANINGS,
    NODE_KINDS,
    REGISTERS_MAX,
    TREE_MEANINGS,
    Action,
    Operator,
)

FORMATS = ("text", "markdown", "json")

BEGIN = "<!-- generated from the catalogue: begin -->"
END = "<!-- generated from the catalogue: end -->"

VALUE_FORMS = {
    "field": "A context field or a state register, by name.",
    "param": "A parameter of the document, by name.",
    "value": "A literal.",
    "compute": "A computation.",
}

Row = Sequence[str]


def schema(output: str = "text") -> str:
    """The language: trees, nodes, values, operators, computations, actions, fields.

    Args:
        output: `text`, `markdown` or `json`.

    Raises:
        ValueError: There is no such format.
    """
    if output == "json":
        return json.dumps(schema_data(), ensure_ascii=False, indent=2) + "\n"
    if output not in FORMATS:
        raise ValueError(f"no format {output!r}; there are {', '.join(FORMATS)}")
    lines: list[str] = []
    for title, remark, header, rows in _sections():
        lines += _markdown(title, remark, header, rows) if output == "markdown" else _text(title, remark, rows)
    return "\n".join(lines).rstrip("\n") + "\n"


def schema_data() -> dict[str, Any]:
    """The language as plain data."""
    return {
        "trees": TREE_MEANINGS,
        "nodes": NODE_KINDS,
        "limits": {"depth": DEPTH_MAX, "registers": REGISTERS_MAX},
        "values": VALUE_FORMS,
        "comparisons": [_operator_data(operator) for operator in COMPARISONS.values()],
        "connectives": [_operator_data(operator) for operator in CONNECTIVES.values()],
        "computations": [_operator_data(operator) for operator in COMPUTATIONS.values()],
        "actions": [_action_data(action) for action in ACTIONS.values()],
        "fields": [_field_data(field) for field in FIELDS.values()],
        "register_prefix": REGISTER_PREFIX,
    }


def _operator_data(operator: Operator) -> dict[str, Any]:
    keys = [*operator.operands, *([operator.many] if operator.many else [])]
    return {"op": operator.name, "keys": keys, "meaning": operator.meaning}


def _action_data(action: Action) -> dict[str, Any]:
    parameters = [
        {
            "name": spec.name,
            "alias": spec.alias or None,
            "kind": spec.kind,
            "required": spec.required,
            "unit": spec.unit or None,
            "choices": list(spec.choices),
            "meaning": spec.meaning,
        }
        for spec in action.parameters
    ]
    return {
        "action": action.name,
        "trees": list(action.trees),
        "parameters": parameters,
        "meaning": action.meaning,
    }


def _field_data(field: Field) -> dict[str, Any]:
    return {
        "field": field.name,
        "group": field.group,
        "unit": field.unit,
        "trees": list(field.trees),
        "meaning": field.meaning,
    }


def _sections() -> Iterable[tuple[str, str, Row, list[Row]]]:
    """Title, remark, heads of the columns and rows of each table."""
    yield "Trees", "", ("tree", "when"), list(TREE_MEANINGS.items())
    remark = f"A tree is at most {DEPTH_MAX} nodes deep below its root."
    yield "Nodes", remark, ("type", "keys"), list(NODE_KINDS.items())
    yield "Values", "", ("key", "meaning"), list(VALUE_FORMS.items())
    operators = [*COMPARISONS.values(), *CONNECTIVES.values()]
    yield "Conditions", "", ("op", "keys", "holds if"), [_operator_row(operator) for operator in operators]
    rows = [_operator_row(operator) for operator in COMPUTATIONS.values()]
    yield "Computations", "", ("op", "keys", "result"), rows
    for tree in TREES[:3]:
        title = f"Actions of {tree}" if tree != TREES[2] else f"Actions of {TREES[2]} and {TREES[3]}"
        actions = [action for action in ACTIONS.values() if tree in action.trees]
        rows = [(action.name, _parameter_words(action), action.meaning) for action in actions]
        yield title, "", ("action", "parameters", "meaning"), rows
    yield "Parameters of actions", "", ("kind", "what it holds"), list(KIND_MEANINGS.items())
    specs = dict.fromkeys(spec for action in ACTIONS.values() for spec in action.parameters)
    rows = [(spec.name, spec.kind, spec.unit, spec.meaning) for spec in specs]
    yield "Meaning of parameters", "", ("parameter", "kind", "unit", "meaning"), rows
    for group in dict.fromkeys(field.group for field in FIELDS.values()):
        fields = [field for field in FIELDS.values() if field.group == group]
        remark = f"In {TREES[0]} only." if fields[0].needs_payment else ""
        rows = [(field.name, field.unit, field.meaning) for field in fields]
        yield f"Fields: {group}", remark, ("field", "unit", "meaning"), rows
    remark = f"At most {REGISTERS_MAX} in a document; all are cleared at the end of each day."
    meaning = "The register of that name, else the one without the prefix; 0 until it is set."
    yield "Fields: state registers", remark, ("field", "unit", "meaning"), [(f"{REGISTER_PREFIX}…", "any", meaning)]


def _operator_row(operator: Operator) -> Row:
    return operator.name, ", ".join([*operator.operands, *([operator.many] if operator.many else [])]), operator.meaning


def _parameter_words(action: Action) -> str:
    return "; ".join(spec.name if spec.required else f"{spec.name} (optional)" for spec in action.parameters)


def _text(title: str, remark: str, rows: list[Row]) -> Iterable[str]:
    """A table as aligned text; the last column is left as long as it is."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    yield title
    if remark:
        yield f"  {remark}"
    for row in rows:
        yield "  " + "".join(cell.ljust(width + 2) for cell, width in zip(row[:-1], widths, strict=True)) + row[-1]
    yield ""


def _markdown(title: str, remark: str, header: Row, rows: list[Row]) -> Iterable[str]:
    """A table in markdown; the first column is code."""
    yield f"### {title}"
    yield ""
    if remark:
        yield remark
        yield ""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        cells = [f"`{row[0]}`", *row[1:]]
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""


def with_schema(text: str) -> str:
    """A page of the manual with the part between its marks replaced by the present schema.

    Raises:
        ValueError: The page has no such part.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no part between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{schema('markdown')}\n{END}{after}"


if __name__ == "__main__":
    # `python -m paysim_engine.policy.schema docs/policies.md` brings the manual up to date.
    import sys

    for argument in sys.argv[1:]:
        page = Path(argument)
        page.write_text(with_schema(page.read_text("utf-8")), "utf-8")
