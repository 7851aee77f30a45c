"""Where the scenario tests find files, and a policy room that lets every document pass."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import paysim_engine.policy
import paysim_engine.policy.library
from paysim_engine.policy.trees import Policy
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def collection() -> Path:
    """The project's collection of recorded runs and reference files, which is not part of this checkout."""
    place = Path(os.environ.get("PAYSIM_SHARED", ROOT.parent / "shared"))
    if not (place / "reference" / "scenarios").is_dir():
        pytest.skip(f"no reference scenarios in {place}; set PAYSIM_SHARED to the folder that has them")
    return place


class PolicyRoom:
    """Stands in for the policy language, which has its own tests: what it was asked, and what it is to answer."""

    def __init__(self) -> None:
        self.library: dict[str, dict[str, Any]] = {}
        self.findings: list[tuple[str, str]] = []
        self.checked: list[tuple[dict[str, Any], str]] = []
        self.compiled: list[dict[str, Any]] = []

    def check_document(self, document: dict[str, Any], *, path: str) -> list[tuple[str, str, str]]:
        self.checked.append((document, path))
        return [(f"{path}.{place}", message, "") for place, message in self.findings]

    def compile_policy(self, document: dict[str, Any]) -> Policy:
        self.compiled.append(document)
        return Policy("none", None, None, None, None, [], True, False)

    def builtin_document(self, type_name: str, **parameters: float) -> dict[str, Any]:
        tree = {"type": "action", "node_id": "A1", "action": "Release"}
        return {"version": "1.0", "policy_id": type_name, "parameters": parameters, "payment_tree": tree}

    def library_document(self, name: str) -> dict[str, Any] | None:
        return self.library.get(name)


@pytest.fixture(scope="module")
def policy_room() -> Iterator[PolicyRoom]:
    """Puts the stand-in in place, for modules whose documents say nothing."""
    room = PolicyRoom()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paysim_engine.policy, "check_document", room.check_document)
        patch.setattr(paysim_engine.policy, "compile_policy", room.compile_policy)
        patch.setattr(paysim_engine.policy.library, "builtin_document", room.builtin_document)
        patch.setattr(paysim_engine.policy.library, "library_document", room.library_document)
        yield room
