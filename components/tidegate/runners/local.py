"""Runs a pipeline's nodes one after the other on this machine.

TFX's own launcher does the work of each node; this adds what LocalDagRunner
lacks: events as nodes start and end, an error where a node was skipped without
a word, and executions that a killed run left behind put right.
"""

from __future__ import annotations

import dataclasses
import datetime
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.dsl.compiler import compiler, constants
from tfx.dsl.components.base import base_component
from tfx.orchestration import metadata
from tfx.orchestration import pipeline as tfx_pipeline
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils

from tidegate.errors import ComponentError, UsageError
from tidegate.gate import placement
from tidegate.runners import cache_keys, events, progress, tfx_stores, user_code
from tidegate.runners.abandoned import close
from tidegate.runners.beam_args import demand_understood, merged

_WHEELS_AT_A_TIME = 4
_LOG = logging.getLogger("tidegate.progress")
_LOG_EVERY_SECONDS = 10.0

Tell = Callable[[events.Event], None]


def build(
    nodes: Iterable[Any],
    *,
    name: str,
    root: Path,
    cache: bool,
    beam_args: Sequence[str] = (),
) -> tfx_pipeline.Pipeline:
    """An ordinary TFX pipeline of `nodes`, checked and ready to run.

    Args:
        nodes: What `create_components` returned.
        name: Name of the pipeline.
        root: Folder for its artifacts and metadata.
        cache: Whether a node whose inputs did not change is not run again.
        beam_args: Arguments for Beam, which overrule those of this runner.

    Raises:
        UsageError: A node uses tested input without a gate, or two nodes have
            the same id, or Beam does not understand an argument.
    """
    demand_understood(beam_args)
    tfx_stores.register()
    listed = list(nodes)
    for node in listed:
        cache_keys.pin_files(node)
        cache_keys.pin_outside(node)
    root.mkdir(parents=True, exist_ok=True)
    try:
        pipeline = tfx_pipeline.Pipeline(
            pipeline_name=name,
            pipeline_root=str(root / "artifacts"),
            metadata_connection_config=metadata.sqlite_metadata_connection_config(
                str(root / "metadata.sqlite")
            ),
            components=listed,
            enable_cache=cache,
            beam_pipeline_args=merged(beam_args),
        )
    except (RuntimeError, ValueError) as error:
        raise UsageError(
            f"the pipeline cannot be put together: {error}".splitlines()[0],
            where=name,
            fix="give each node its own id: Gate(…).with_id('ModelGate')",
        ) from error
    placement.check(pipeline.components)
    return pipeline


def run(pipeline: tfx_pipeline.Pipeline, tell: Tell) -> None:
    """Runs every node; the first error ends the run.

    Args:
        pipeline: What `build` returned.
        tell: Called with each event.

    Raises:
        Exception: Whatever a component raised, as it raised it.
    """
    _build_wheels(pipeline)
    graph = compiler.Compiler().compile(pipeline)
    run_id = datetime.datetime.now().isoformat()
    runtime_parameter_utils.substitute_runtime_parameter(
        graph, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id}
    )
    deployment = runner_utils.extract_local_deployment_config(graph)
    connection = pipeline.metadata_connection_config
    root = Path(pipeline.pipeline_info.pipeline_root)
    close(connection, root)
    nodes = [node.pipeline_node for node in graph.nodes]
    tell(events.Planned(run_id=run_id, nodes=tuple(n.node_info.id for n in nodes)))
    for node in nodes:
        name = node.node_info.id
        tell(events.NodeStarted(node=name))
        started = time.monotonic()
        try:
            launched = launcher.Launcher(
                pipeline_node=node,
                mlmd_connection=metadata.Metadata(connection),
                pipeline_info=graph.pipeline_info,
                pipeline_runtime_spec=graph.runtime_spec,
                executor_spec=runner_utils.extract_executor_spec(deployment, name),
                custom_driver_spec=runner_utils.extract_custom_driver_spec(
                    deployment, name
                ),
            )
            with progress.listening(_teller(name, tell)):
                launched.launch()
            state, outputs = _outcome(connection, name, run_id)
        except BaseException:
            # TFX publishes failures, but an interrupt leaves its execution running.
            close(connection, root)
            tell(_ended(name, "failed", started, {}))
            raise
        tell(_ended(name, state, started, outputs))
    tell(events.RunDone())


def _build_wheels(pipeline: tfx_pipeline.Pipeline) -> None:
    """Packs the user code of each node as a wheel, as TFX's own runners do.

    Each is a process of its own, so several go on at a time.
    """
    root = pipeline.pipeline_info.pipeline_root
    nodes = [
        node
        for node in pipeline.components
        if isinstance(node, base_component.BaseComponent)
    ]
    with ThreadPoolExecutor(_WHEELS_AT_A_TIME) as pool:
        list(pool.map(lambda node: node._resolve_pip_dependencies(root), nodes))
    for node in nodes:
        user_code.unpack(node)


def _outcome(
    connection: Any, node: str, run_id: str
) -> tuple[events.NodeState, dict[str, str]]:
    """What MLMD has on a node's execution, and the URIs of its outputs.

    TFX's launcher returns without an error when the inputs of a node could not
    be resolved; a run that went on after that would skip tests in silence.
    """
    live = metadata_store_pb2.Execution.State
    with metadata.Metadata(connection) as handle:
        execution = _execution(handle.store, node, run_id)
        if execution is None or execution.last_known_state not in (
            live.COMPLETE,
            live.CACHED,
        ):
            raise ComponentError(
                f"{node} did not run: its inputs were not to be had",
                where=node,
                expected="an execution that completed",
                got="none"
                if execution is None
                else live.Name(execution.last_known_state),
                fix="look in the log for the input that is missing",
            )
        cached = execution.last_known_state == live.CACHED
        return ("cached" if cached else "done"), _outputs(handle.store, execution)


def _execution(store: Any, node: str, run_id: str) -> Any | None:
    context = store.get_context_by_type_and_name("pipeline_run", run_id)
    if context is None:
        return None
    for execution in store.get_executions_by_context(context.id):
        for owner in store.get_contexts_by_execution(execution.id):
            if owner.name.rsplit(".", 1)[-1] == node:
                return execution
    return None


def _outputs(store: Any, execution: Any) -> dict[str, str]:
    given = metadata_store_pb2.Event
    output_ids = {
        event.artifact_id: event.path.steps[0].key
        for event in store.get_events_by_execution_ids([execution.id])
        if event.type in (given.OUTPUT, given.DECLARED_OUTPUT) and event.path.steps
    }
    artifacts = store.get_artifacts_by_id(list(output_ids)) if output_ids else []
    return {output_ids[artifact.id]: artifact.uri for artifact in artifacts}


def _teller(node: str, tell: Tell) -> progress.Listener:
    logged = time.monotonic()

    def told(state: progress.State) -> None:
        nonlocal logged
        if time.monotonic() - logged >= _LOG_EVERY_SECONDS:
            logged = time.monotonic()
            _LOG.info("%s: %s", node, state)
        tell(events.NodeProgress(node=node, **dataclasses.asdict(state)))

    return told


def _ended(
    node: str, state: events.NodeState, started: float, outputs: dict[str, str]
) -> events.NodeEnded:
    seconds = round(time.monotonic() - started, 3)
    return events.NodeEnded(node=node, state=state, seconds=seconds, outputs=outputs)
