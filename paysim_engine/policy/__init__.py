"""Policies: decision trees written by researchers, compiled to what the engine asks at every tick (spec 05).

What belongs here: the language (`fields`, `language`), the checks of a document (`validate`), the compiler (`compile`)
and what it compiles to (`trees`, `nodes`, `context`), the documents that come with the program (`library`), and the
language in words (`explain`, `schema`). What does not: the effects of a decision on payments and collateral (`core`),
files and their paths (`scenario`).

Importing this package imports none of it; each name below brings what it needs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paysim_engine.policy.compile import compile_policy
    from paysim_engine.policy.decisions import PolicyError
    from paysim_engine.policy.trees import Policy
    from paysim_engine.policy.validate import check_document

__all__ = ["check_document", "compile_policy", "Policy", "PolicyError"]

_HOMES = {
    "check_document": "validate",
    "compile_policy": "compile",
    "Policy": "trees",
    "PolicyError": "decisions",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
