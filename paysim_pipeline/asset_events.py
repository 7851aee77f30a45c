"""What a run tells Dagster about each of its partitions: which came through, and what came of it.

Belongs here: reporting materialisations partition by partition, and setting aside the partitions of a run that failed
while the others go on. Does not belong here: the work of an asset (its module), or any asset.

Dagster itself knows one result per asset and run: a run over fifty scenarios either materialises them all or fails with
none, and all get one data version. So that a scenario that fails neither holds up nor harms the others, each step goes
on with the sound ones, reports those alone, and the check `complete` at the end fails the run with the names of the
others. What failed is kept in the tags of the run, where the UI shows it and a retry of the last steps finds it. In a
run of a single partition a failure ends the step at once.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import dagster as dg
from dagster._core.definitions.data_version import (
    DATA_VERSION_TAG,
    UNKNOWN_DATA_VERSION,
    DataVersion,
    compute_logical_data_version,
)
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, DagsterEventType, generate_event_batch_id
from dagster._core.execution.plan.execute_step import (
    _build_data_version_tags,
    _get_code_version,
    _get_input_provenance_data,
)
from dagster._core.types.dagster_type import resolve_dagster_type

from paysim_pipeline.run_failures import scenarios_of

COMPLETE: Final = "complete"
"""Name of the step and of its checks that fail a run in which partitions were set aside."""

FAILED_TAG: Final = "paysim/failed/"
"""With the name of a partition after it: the tag of a run that says where and why that partition failed."""

NOTHING: Final = resolve_dagster_type(dg.Nothing)
"""Type of an asset whose content is no concern of Dagster's; what yields events must say so."""

_SHOWN: Final = 500

Metadata = Mapping[str, dg.MetadataValue[Any]]
Event = DagsterEvent | dg.Output[None]


def set_aside(run: dg.DagsterRun) -> dict[str, str]:
    """The partitions of a run that have failed so far, each with where and why."""
    return {tag.removeprefix(FAILED_TAG): why for tag, why in run.tags.items() if tag.startswith(FAILED_TAG) and why}


class PartitionReports:
    """The partitions of a step: which to work on, which failed, and what came of the others.

    Args:
        context: of an asset, or of a check on assets.

    Attributes:
        names: the partitions of the run that were sound when the step began, in order.

    Raises:
        dagster.Failure: a run was started for a scenario whose file is gone.
    """

    def __init__(self, context: dg.AssetExecutionContext | dg.OpExecutionContext) -> None:
        self._context = context
        self._step = context.get_step_execution_context()
        partitions = _partitions(context)
        self._single = len(partitions) == 1
        self._versions: dict[tuple[dg.AssetKey, str], DataVersion] = {}
        failed = {} if self._single else set_aside(self._run())
        self.names = [name for name in partitions if name not in failed]

    def _run(self) -> dg.DagsterRun:
        # The context's own copy is as old as the run.
        run = self._context.instance.get_run_by_id(self._context.run.run_id)
        if run is None:
            raise AssertionError("a step belongs to a run")
        return run

    def begin_anew(self) -> None:
        """Forget what failed in an earlier attempt, whose tags a repeated run inherits: everything is done again."""
        old = [tag for tag in self._run().tags if tag.startswith(FAILED_TAG)]
        if old:
            self._context.instance.add_run_tags(self._context.run.run_id, dict.fromkeys(old, ""))
        self.names = list(self._context.partition_keys)

    def failed(self, failures: Mapping[str, str]) -> None:
        """Take partitions out of the run; to be called last in a step, after the others were reported.

        Args:
            failures: name of a partition -> what went wrong, in words that name the file.

        Raises:
            dagster.Failure: no partition is left, or nothing after this step would fail the run.
        """
        if not failures:
            return
        step = self._step.step.key
        for name, message in failures.items():
            self._context.log.error(f"{name}: {message}")
        if not self._single:
            tags = {f"{FAILED_TAG}{name}": f"{step}: {message}"[:_SHOWN] for name, message in failures.items()}
            self._context.instance.add_run_tags(self._context.run.run_id, tags)
        left = [name for name in self.names if name not in failures]
        if not left or COMPLETE not in self._step.execution_plan.step_keys_to_execute:
            raise dg.Failure(
                "\n".join(_named(name, message) for name, message in failures.items()), allow_retries=False
            )

    def materialised(
        self, key: dg.AssetKey, made: Mapping[str, Metadata], versions: Mapping[str, str] | None = None
    ) -> Iterator[Event]:
        """Report an asset as materialised for some partitions, each with its own figures and data version.

        Args:
            key: one of the step's assets; those it depends on must have been reported before.
            made: name of a partition -> its metadata.
            versions: name of a partition -> its data version; by default it follows from the code version and the data
                versions of what the asset depends on, as Dagster would have it.
        """
        if not made:
            return
        code = _get_code_version(key, self._step)
        provenance = _get_input_provenance_data(key, self._step)
        parents = list(provenance)
        batch = generate_event_batch_id()  # type: ignore[no-untyped-call]
        last = list(made)[-1]
        for name, metadata in made.items():
            if versions is not None:
                version = DataVersion(versions[name])
            else:
                version = compute_logical_data_version(
                    code, {parent: self._version(parent, name) for parent in parents}
                )
            self._versions[key, name] = version
            tags = _build_data_version_tags(version, code, provenance, data_version_is_user_provided=True)
            if backfill := self._context.run.tags.get("dagster/backfill"):
                tags["dagster/backfill"] = backfill
            event = dg.AssetMaterialization(key, partition=name, metadata=metadata, tags=tags)
            yield DagsterEvent.asset_materialization(self._step, event, DagsterEventBatchMetadata(batch, name == last))
        # What was cached of this asset is of the time before.
        self._step.wipe_input_asset_version_info(key)
        output = self._context.assets_def.get_output_name_for_asset_key(key)
        # Dagster would report all partitions of the run for this output, but for what is marked as observed.
        yield dg.Output(None, output_name=output, metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})

    def _version(self, key: dg.AssetKey, partition: str) -> DataVersion:
        if (key, partition) not in self._versions:
            found = self._context.instance.event_log_storage.get_latest_tags_by_partition(
                key, DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION_TAG], asset_partitions=self.names
            )
            for name in {*self.names, partition}:
                version = found.get(name, {}).get(DATA_VERSION_TAG)
                self._versions[key, name] = DataVersion(version) if version else UNKNOWN_DATA_VERSION
        return self._versions[key, partition]


def _partitions(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> list[str]:
    try:
        return list(context.partition_keys)
    except dg.DagsterInvalidInvocationError as error:
        # Every run reads the folder anew, and may find less in it than whoever started it was shown.
        raise dg.Failure(
            f"the file of {scenarios_of(context.run.tags)} is gone, or one of several; reload the definitions, and "
            "choose among the scenarios that there are",
            allow_retries=False,
        ) from error


def _named(name: str, message: str) -> str:
    return message if name in message.split(": ")[0] else f"{name}: {message}"
