"""Runs one task: what the driver decides of it, its attempts, and how it ended.

The rules: driver/container.go:Container, driver/dag.go:DAG, driver/cache.go.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidegate.errors import TidegateError
from tidegate.runners.spec_run import driver, graph, importer, kubernetes
from tidegate.runners.spec_run.cache import Outputs, fingerprint_of
from tidegate.runners.spec_run.inputs import Inputs, items_of, of_iteration, resolve
from tidegate.runners.spec_run.launcher import LOGS, Attempt, LauncherError, launch
from tidegate.runners.spec_run.results import TaskResult, TaskState
from tidegate.runners.spec_run.retries import policy_of
from tidegate.runners.spec_run.state import DagRun, State, TaskRun, bring_up_to_date
from tidegate.runners.spec_run.store import Store
from tidegate.runners.spec_run.upstream import DriverError

if TYPE_CHECKING:
    from tidegate.runners.spec_run.engine import Engine


@dataclass
class OneTask:
    """One task while it runs."""

    engine: Engine
    dag: DagRun
    task_run: TaskRun
    task: Any
    component: Any
    attempts: int = 0
    code: int | None = None
    error: str | None = None
    log: Path | None = None
    image: str | None = None
    began: float | None = None

    def begin(self) -> None:
        """Tells that it has begun, the first time."""
        if self.began is None:
            self.began = time.monotonic()
            self.engine.watcher.started(self.task_run.path)

    def seconds(self) -> float:
        """Since it began; 0 before."""
        return 0.0 if self.began is None else time.monotonic() - self.began

    def run(self, what: str) -> TaskState:
        """Runs it, and sets its phase, state and outputs."""
        run = self.task_run
        if what == "importer":
            return self._import()
        inputs = resolve(
            self.dag, run.name, self.task, self.component, self.engine.names
        )
        if not driver.triggers(self.task, inputs):
            run.phase, run.state = "skipped", "CANCELED"
            return "skipped"
        if what == "dag":
            return self._nested(inputs)
        return self._container(inputs)

    def _import(self) -> TaskState:
        run, executor = self.task_run, self.engine.spec.executor(self.component)
        assert executor is not None
        run.outputs = importer.imported(
            self.dag,
            self.task,
            self.component,
            executor.importer,
            self.engine.spec.name,
            self.engine.imports,
        )
        run.phase, run.state = "succeeded", "COMPLETE"
        return "done"

    def _nested(self, inputs: Inputs) -> TaskState:
        run = self.task_run
        artifacts = {
            # Through the inputs of an execution, artifacts lose their type.
            name: [{k: v for k, v in a.items() if k != "type"} for a in listed]
            for name, listed in inputs.artifacts.items()
        }
        is_loop = self.task.WhichOneof("iterator") == "parameter_iterator"
        if is_loop:
            self.begin()
        items = items_of(self.task, inputs) if is_loop else []
        run.dag = DagRun(
            self.component,
            run.path,
            inputs.parameters,
            artifacts,
            run,
            self.dag,
            made_by=self.task,
            count=len(items) if is_loop else None,
        )
        run.state = "RUNNING"
        if is_loop:
            self._iterate(run.dag, items, Inputs(inputs.parameters, artifacts))
        else:
            self.engine.run_dag(run.dag)
        run.phase = "failed" if run.dag.failed else "succeeded"
        return "failed" if run.dag.failed else "done"

    def _iterate(self, loop: DagRun, items: list[Any], inputs: Inputs) -> None:
        """Runs the iterations of a loop side by side, as many as its policy lets."""
        if not items:
            bring_up_to_date(loop)
            return
        limit = self.task.iterator_policy.parallelism_limit
        with ThreadPoolExecutor(limit if limit > 0 else len(items)) as pool:
            list(
                pool.map(
                    lambda pair: self._iteration(loop, pair[0], pair[1], inputs),
                    zip(loop.tasks.values(), items, strict=True),
                )
            )

    def _iteration(self, loop: DagRun, run: TaskRun, item: Any, inputs: Inputs) -> None:
        if self.engine.children.stopped:
            run.phase = "omitted"
            return
        try:
            given = of_iteration(self.task, self.component, inputs, item)
        except DriverError as error:
            run.phase, self.error = "failed", f"iteration {run.name}: {error}"
            return
        run.dag = DagRun(
            self.component,
            run.path,
            given.parameters,
            given.artifacts,
            run,
            loop,
            made_by=self.task,
        )
        run.state = "RUNNING"
        self.engine.run_dag(run.dag)
        run.phase = "failed" if run.dag.failed else "succeeded"

    def _container(self, inputs: Inputs) -> TaskState:
        engine, run = self.engine, self.task_run
        executor = engine.spec.executor(self.component)
        assert executor is not None
        container = executor.container
        self.image = container.image
        given = driver.executor_input(inputs, self.component, run.name, engine.root)
        config = engine.spec.kubernetes.get(self.component.executor_label, {})
        fingerprint = self._fingerprint(given, container, config)
        if fingerprint and engine.cache is not None:
            found = engine.cache.find(fingerprint)
            if found is not None and self._is_there(found):
                run.outputs, run.phase, run.state = found, "succeeded", "CACHED"
                return "cached"
            engine.cache.drop(fingerprint)
        planned = driver.plan(
            inputs,
            container,
            given,
            kubernetes.variables_of(config, engine.environment),
            f"{engine.names.resource_name}-{run.name}",
        )
        run.state = "RUNNING"
        run.outputs = self._attempts(planned, kubernetes.deadline_of(config))
        if fingerprint and engine.cache is not None:
            engine.cache.keep(fingerprint, run.outputs)
        run.phase = "succeeded"
        return "done"

    def _is_there(self, found: Outputs) -> bool:
        """False where somebody has emptied the store, which KFP could not know."""
        logs = found.artifacts.get(LOGS)
        return logs is not None and _holds(self.engine.store, logs.uri)

    def _fingerprint(
        self, given: dict[str, Any], container: Any, config: Mapping[str, Any]
    ) -> str:
        options = self.task.caching_options
        if not options.enable_cache:
            return ""
        return fingerprint_of(
            self.engine.spec.name,
            given,
            driver.output_types(self.component),
            container.image,
            [*container.command, *container.args],
            getattr(options, "cache_key", ""),
            kubernetes.volume_claims(config),
        )

    def _attempts(self, planned: driver.Planned, seconds: float | None) -> Outputs:
        """Runs the container, again as often as its policy says."""
        run = self.task_run
        while True:
            try:
                # Who waits for the next attempt keeps nobody else waiting.
                with self.engine.slots:
                    self.begin()
                    outputs = self._attempt(planned, seconds)
            except LauncherError as error:
                self._ended("FAILED")
                self.code = error.code
                wait = self._wait()
                if wait is None or self.engine.children.stopped:
                    raise
                if self.engine.longest_wait is not None:
                    wait = min(wait, self.engine.longest_wait)
                limit = policy_of(self.task, self.dag).limit
                self.engine.watcher.say(
                    f"  {run.path}: {error}; again in {wait:.0f} s "
                    f"({self.attempts} of {limit} retries), log {self.log}"
                )
                self._sleep(wait)
            else:
                self._ended("COMPLETE")
                self.code = None
                return outputs

    def _attempt(self, planned: driver.Planned, seconds: float | None) -> Outputs:
        number, engine = self.attempts, self.engine
        self.attempts += 1
        self.log = engine.log_of(self.task_run, number)
        name = self.task_run.path.replace("/", ".")
        return launch(
            Attempt(
                component=self.component,
                words=planned.words,
                executor_input=planned.executor_input,
                environment=planned.environment,
                root=engine.root,
                scratch=engine.folder / "scratch" / f"{name}-{number}",
                log=self.log,
                number=number,
                seconds=seconds,
                project=engine.project,
                run=engine.names.id,
            ),
            engine.store,
            engine.children,
        )

    def _ended(self, state: State) -> None:
        with self.engine.lock:
            self.task_run.state = state
            bring_up_to_date(self.dag)

    def _wait(self) -> float | None:
        """Seconds until the next attempt, None where there is none."""
        policy = policy_of(self.task, self.dag)
        return policy.wait(self.attempts, self.seconds())

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.engine.children.stopped:
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))

    def result(self, state: TaskState) -> TaskResult:
        """How it ended."""
        store, outputs = self.engine.store, self.task_run.outputs
        uris = {
            name: artifact.uri
            for name, artifact in sorted(outputs.artifacts.items())
            if name != LOGS
        }
        return TaskResult(
            task=self.task_run.path,
            state=state,
            seconds=round(self.seconds(), 2),
            image=self.image,
            attempts=self.attempts,
            exit_code=self.code,
            error=self.error,
            log=str(self.log) if self.log and self.log.exists() else None,
            parameters=outputs.parameters,
            outputs={
                name: str(store.path(uri))
                for name, uri in uris.items()
                if _holds(store, uri)
            },
            uris=uris,
            exit_task=graph.is_exit_task(self.task),
        )


def _holds(store: Store, uri: str) -> bool:
    try:
        return store.holds(uri)
    except (ValueError, TidegateError):
        return False
