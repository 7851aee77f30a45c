"""A run while it runs, as a source of a display.

Belongs here: following a `ScenarioRun` by what its recorder hands out. Does not belong here: playing it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from paysim_pipeline.display.source import Account, Payment, Run, Tick, cut_into_ticks

if TYPE_CHECKING:
    from paysim_pipeline.simulate import ScenarioRun


class LiveSource:
    """Follows a run that has not begun; reading the ticks to their end plays it to its end.

    Args:
        scenario_run: the run.
        simulation_id: the id under which it will be stored.
    """

    def __init__(self, scenario_run: "ScenarioRun", simulation_id: str) -> None:
        config = scenario_run.config
        self._scenario_run = scenario_run
        self.run = Run(
            simulation_id,
            scenario_run.scenario.name,
            int(config.rng_seed),
            int(config.num_days),
            int(config.ticks_per_day),
            list(scenario_run.simulation.agent_ids),
        )
        self.first_tick = 0
        self.last_tick = self.run.last_tick
        self.must_be_followed = True

    def opening_accounts(self) -> list[Account]:
        """The accounts as the scenario opens them."""
        agents = sorted(self._scenario_run.config.agents, key=lambda agent: agent.id)
        return [Account(int(agent.opening_balance), int(agent.posted_collateral)) for agent in agents]

    def open_payments(self) -> dict[str, Payment]:
        """None: nothing has arrived before the first tick."""
        return {}

    def ticks(self) -> Iterator[Tick]:
        """Play the run and yield its whole ticks, a day's at a time.

        Raises:
            SimulationError: the run cannot go on; its whole ticks have been yielded.
            BundleError: its bundle cannot be written.
            KeyboardInterrupt: somebody asked to stop.
        """
        for batches in self._scenario_run.batches():
            yield from cut_into_ticks(batches, self._scenario_run.texts, self.run)
