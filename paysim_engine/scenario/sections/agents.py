"""`agents[]`: the participants (06 §8)."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from paysim_engine.scenario.fields import AgentId, Cents, Fraction, Money, Text, broken
from paysim_engine.scenario.sections.arrivals import Arrivals, Bands
from paysim_engine.scenario.sections.base import Section
from paysim_engine.scenario.sections.policies import Fifo, Policy

DEFAULT_HAIRCUT = 0.02


def _or(default: Any) -> BeforeValidator:
    """Null means the default."""
    return BeforeValidator(lambda value: default if value is None else value)


class Limits(Section):
    """Largest outflow per day, to one agent and to all together."""

    bilateral_limits: dict[Text, Cents] = Field(default_factory=dict)
    multilateral_limit: Cents | None = None


class Agent(Section):
    """One participant: its money, its credit, its behaviour, and the payments that come up in it."""

    id: AgentId
    opening_balance: Money
    unsecured_cap: Cents = 0
    policy: Policy = Field(default_factory=lambda: Fifo(type="Fifo"))
    arrival_config: Arrivals | None = None
    arrival_bands: Bands | None = None
    posted_collateral: Annotated[Cents, _or(0)] = 0
    collateral_haircut: Annotated[Fraction, _or(DEFAULT_HAIRCUT)] = DEFAULT_HAIRCUT
    max_collateral_capacity: Cents | None = None
    """Ten times the unsecured cap (as it stands, scenario events included) if not given; 0 is a real limit."""
    limits: Limits | None = None
    liquidity_pool: Cents | None = None
    liquidity_allocation_fraction: Fraction | None = None
    """1.0 when a pool exists; a policy's `initial_liquidity_fraction` goes before it (D34)."""

    @model_validator(mode="after")
    def _one_kind_of_arrivals(self) -> Self:
        if self.arrival_config is not None and self.arrival_bands is not None:
            raise broken("arrival_config and arrival_bands are mutually exclusive - specify only one")
        return self
