"""Which keys exist where, read off the section models.

Belongs here: the walk from a place in the file to the model that governs it, and the index of all keys. It is used
only when something is wrong, and by tools that describe the format. Does not belong here: wording (`explain`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from paysim_engine.scenario.sections.base import Section
from paysim_engine.scenario.sections.scenario import Scenario

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """A place in the file.

    Attributes:
        path: Keys and list positions from the top, without the variant names that pydantic puts between them.
        kinds: What may stand there.
    """

    path: Location
    kinds: tuple[Any, ...]

    @property
    def names(self) -> list[str]:
        """Keys of the mapping that may stand here, in the order of the model."""
        return list(dict.fromkeys(name for model in self.models for name in keys(model)))

    @property
    def models(self) -> list[type[Section]]:
        """The section models among the kinds."""
        return [kind for kind in self.kinds if isinstance(kind, type) and issubclass(kind, Section)]

    @property
    def variants(self) -> list[str]:
        """Values of the discriminating key, if the mapping here is one of several variants."""
        return [tag for model in self.models for tag in tags(model)]


def keys(model: type[Section]) -> dict[str, Any]:
    """Keys of a section as they are spelled in the file, with the type of their values."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def required(model: type[Section]) -> set[str]:
    """Those keys of a section that have no default."""
    return {field.alias or name for name, field in model.model_fields.items() if field.is_required()}


def discriminator(model: type[Section]) -> str | None:
    """The key that names the variant (`type`, `mode`), if the section is one of several."""
    for name, annotation in keys(model).items():
        if name in ("type", "mode") and get_origin(annotation) is Literal:
            return name
    return None


def tags(model: type[Section]) -> tuple[str, ...]:
    """The names under which a variant is chosen."""
    name = discriminator(model)
    return get_args(keys(model)[name]) if name else ()


def locate(location: Location) -> Place:
    """Follows one of pydantic's error locations, in which the name of a variant stands after its field."""
    path: list[str | int] = []
    kinds = _kinds(Scenario)
    for step in location:
        models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section)]
        chosen = [model for model in models if step in tags(model)]
        if len(models) > 1 and chosen:
            kinds = tuple(chosen)
            continue
        path.append(step)
        below = [keys(model)[step] for model in models if step in keys(model)]
        below += [get_args(kind)[-1] for kind in kinds if get_origin(kind) in (list, dict)]
        kinds = tuple(inner for annotation in below for inner in _kinds(annotation))
    return Place(tuple(path), kinds)


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """The alternatives of an annotation, without wrappers and without None."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(kind for part in get_args(annotation) for kind in _kinds(part))
    return () if annotation is NoneType else (annotation,)


@cache
def places_of(name: str) -> tuple[str, ...]:
    """Paths at which a key of this name exists, such as `agents[].limits`; `""` for the top level."""
    return tuple(dict.fromkeys(path for path, model in sections() if name in keys(model)))


def sections() -> Iterator[tuple[str, type[Section]]]:
    """Every section model with the path of the mapping it describes, top down; variants share a path."""
    pending: list[tuple[str, Any]] = [("", Scenario)]
    while pending:
        path, kind = pending.pop(0)
        if isinstance(kind, type) and issubclass(kind, Section):
            yield path, kind
            pending += [
                (f"{path}.{name}" if path else name, inner)
                for name, annotation in keys(kind).items()
                for inner in _kinds(annotation)
            ]
        elif get_origin(kind) is list:
            pending += [(f"{path}[]", inner) for inner in _kinds(get_args(kind)[0])]
