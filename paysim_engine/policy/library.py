"""Policy documents that come with the program: the built-in types, and the library beside the scenarios.

Belongs here: finding a document by name. Does not belong here: files that a scenario names by path, and overrides
(`scenario.policy_documents`). The working directory plays no part.
"""

import copy
import json
from pathlib import Path
from typing import Any

from paysim_engine.policy.builtin import BUILTIN, FILES
from paysim_engine.wording import suggestion

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "policies"
"""The library of a checkout; an installed package without one has the built-in documents only."""


def builtin_document(type_name: str, **parameters: float) -> dict[str, Any]:
    """The document of a built-in type (05 §9), with its parameters set.

    Args:
        type_name: `Fifo`, `Deadline`, `LiquidityAware`, `LiquiditySplitting` or `MockSplitting`.
        **parameters: Parameters of the type, instead of the document's own values.

    Returns:
        A document of its own, which the caller may change.

    Raises:
        ValueError: There is no such type, or it has no such parameter.
    """
    if type_name not in BUILTIN:
        raise ValueError(f"no built-in policy type {type_name!r}. {suggestion(type_name, list(BUILTIN), 'types')}")
    document = copy.deepcopy(BUILTIN[type_name])
    for name, number in parameters.items():
        if name not in document["parameters"]:
            hint = suggestion(name, list(document["parameters"]), "parameters")
            raise ValueError(f"policy type {type_name} has no parameter {name!r}. {hint}")
        document["parameters"][name] = float(number)
    return document


def library_names() -> list[str]:
    """File names of all documents that `library_document` finds, ascending."""
    found = {path.name for path in FOLDER.glob("*.json")} if FOLDER.is_dir() else set()
    return sorted(found | FILES.keys())


def library_document(name: str) -> dict[str, Any] | None:
    """A document of the library by file name, with or without `.json`; None if there is none of that name.

    A file of the library comes before a built-in document of the same name.
    """
    file_name = name if name.endswith(".json") else f"{name}.json"
    if Path(file_name).name != file_name:
        return None
    path = FOLDER / file_name
    if path.is_file():
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return document
    return copy.deepcopy(BUILTIN[FILES[file_name]]) if file_name in FILES else None
