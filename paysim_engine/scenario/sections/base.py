"""What all sections share. Nothing else belongs here."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping of the scenario file: unknown keys are errors, values are never converted behind one's back."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)
