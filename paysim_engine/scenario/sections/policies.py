"""`policy` of an agent: which types there are and their keys (06 §10).

Does not belong here: reading documents (`policy_documents`), or what a tree may say (`paysim_engine.policy`).
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from paysim_engine.scenario.fields import Amount, Cents, Number, Text, Ticks, Whole
from paysim_engine.scenario.sections.base import Section

Splits = Annotated[int, Whole(2, 10)]
Overrides = dict[Text, Number]
"""Values that replace entries of the document's `parameters`."""


class Fifo(Section):
    """Release everything at once, in order of arrival."""

    type: Literal["Fifo"]


class Deadline(Section):
    """Release when the deadline is near."""

    type: Literal["Deadline"]
    urgency_threshold: Ticks


class LiquidityAware(Section):
    """Keep a buffer, unless the deadline is near."""

    type: Literal["LiquidityAware"]
    target_buffer: Cents
    urgency_threshold: Ticks


class LiquiditySplitting(Section):
    """Split what the balance does not cover."""

    type: Literal["LiquiditySplitting"]
    max_splits: Splits
    min_split_amount: Amount


class MockSplitting(Section):
    """Split every payment; for tests."""

    type: Literal["MockSplitting"]
    num_splits: Splits


class FromJson(Section):
    """A document in a file of its own."""

    type: Literal["FromJson"]
    json_path: Annotated[str, StringConstraints(strict=True, min_length=1)]
    parameters: Overrides = Field(default_factory=dict)


class Inline(Section):
    """A document written in the scenario file."""

    type: Literal["Inline"]
    decision_trees: dict[Text, Any]
    parameters: Overrides = Field(default_factory=dict)


class InlineJson(Section):
    """A document as JSON text."""

    type: Literal["InlineJson"]
    json_string: Text
    parameters: Overrides = Field(default_factory=dict)


BuiltIn = Fifo | Deadline | LiquidityAware | LiquiditySplitting | MockSplitting
Document = FromJson | Inline | InlineJson
AnyPolicy = BuiltIn | Document
Policy = Annotated[AnyPolicy, Field(discriminator="type")]
