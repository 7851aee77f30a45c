"""Does a run repeat? The digest of its events, compared with that of a second run.

Belongs here: which runs are played twice and what the comparison says. Does not belong here: checks of what a bundle
holds (`bundle_checks`), or playing (`simulate`).

A second run costs as much as the first, so large runs are sampled: one in ten, picked by the scenario's fingerprint, so
that a scenario is either always checked or never, whoever runs it.
"""

from typing import TYPE_CHECKING, Final

from paysim_pipeline.bundle_checks import Finding

if TYPE_CHECKING:
    from paysim_engine.bundle import Bundle
    from paysim_engine.bundle_format import Manifest
    from paysim_pipeline.parallel import SimulationOutcome

NAME: Final = "repeatable"
DESCRIPTION: Final = (
    "A second run of the same scenario records the same events (small scenarios always, large ones sampled)."
)

SMALL: Final = 50_000
"""Events up to which every run is played twice: well below a second, even interpreted."""

ONE_IN: Final = 10


def events_of(manifest: "Manifest") -> int:
    """Events that a bundle holds."""
    return sum(entry.rows for name, entry in manifest.files.items() if name.endswith("_events"))


def is_sampled(manifest: "Manifest") -> bool:
    """Whether a run is played twice."""
    return events_of(manifest) <= SMALL or int(manifest.fingerprint[:8], 16) % ONE_IN == 0


def not_sampled(bundle: "Bundle") -> Finding:
    """What is said of a run that is not played twice."""
    events = events_of(bundle.manifest)
    return Finding(
        True, f"not played twice: it has {events} events, and of such runs one in {ONE_IN} is", {"events": events}
    )


def compare(bundle: "Bundle", second: "SimulationOutcome") -> Finding:
    """The digests of a bundle and of a second run."""
    if second.figures is None:
        return Finding(False, f"the second run failed: {second.error}")
    figures = {"events": events_of(bundle.manifest)}
    ours, theirs = bundle.manifest.events_digest, second.figures.events_digest
    if ours != theirs:
        return Finding(False, f"the events of a second run differ: digest {theirs} instead of {ours}", figures)
    return Finding(True, f"a second run recorded the same {figures['events']} events", figures)
