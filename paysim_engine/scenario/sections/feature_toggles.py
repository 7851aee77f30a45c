"""`policy_feature_toggles` and `cost_feature_toggles` (06 §13)."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from paysim_engine.scenario.fields import broken, given
from paysim_engine.scenario.sections.base import Section

PolicyCategory = Literal[
    "ComparisonOperator",
    "LogicalOperator",
    "BinaryArithmetic",
    "NaryArithmetic",
    "UnaryMath",
    "TernaryMath",
    "ValueType",
    "PaymentAction",
    "BankAction",
    "CollateralAction",
    "RtgsAction",
    "TransactionField",
    "AgentField",
    "QueueField",
    "CollateralField",
    "CostField",
    "TimeField",
    "LsmField",
    "ThroughputField",
    "StateRegisterField",
    "SystemField",
    "DerivedField",
    "NodeType",
    "TreeType",
]
CostCategory = Literal["PerTick", "OneTime", "Daily", "Modifier"]


class _Toggles(Section):
    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if {"include", "exclude"} <= self.model_fields_set:
            raise broken("Cannot specify both 'include' and 'exclude' - choose one")
        return self


class PolicyToggles(_Toggles):
    """Which parts of the policy language the documents of this scenario may use.

    A list that is absent does not restrict; an empty `include` allows nothing.
    """

    include: Annotated[list[PolicyCategory] | None, given("must be a list")] = None
    exclude: Annotated[list[PolicyCategory] | None, given("must be a list")] = None


class CostToggles(_Toggles):
    """Which cost types the cost documentation shows; never which costs are charged."""

    include: Annotated[list[CostCategory] | None, given("must be a list")] = None
    exclude: Annotated[list[CostCategory] | None, given("must be a list")] = None
