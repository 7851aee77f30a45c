"""Errors of a run that is under way."""


class SimulationError(Exception):
    """The run cannot go on. The message says where (tick, agent, payment), what, and what to do.

    Everything recorded up to the last whole tick stays readable.
    """
