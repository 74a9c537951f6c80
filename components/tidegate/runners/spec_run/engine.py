"""Runs the tasks of a pipeline in the order and by the rules of Argo and KFP.

A task begins when all that it waits for have succeeded; one behind a failed or
skipped task is not run. After a failure independent branches go on: Argo's failFast,
which KFP leaves at its default, does not stop them (argo-workflows issues 5223 and
10312; workflow/controller/dag.go:assessDAGPhase). An exit task runs when the task
that it watches over has ended, and does not change how the run ends
(argocompiler/common.go:addExitTask). Retries are those of the launcher's pod, with
Argo's back-off (argocompiler/container.go:getTaskRetryStrategyFromInput,
argo-workflows operator.go:processNodeRetries).
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.errors import TidegateError
from tidegate.runners.spec_run import driver, graph, importer, kubernetes
from tidegate.runners.spec_run.cache import Cache, Outputs, fingerprint_of
from tidegate.runners.spec_run.children import Children
from tidegate.runners.spec_run.inputs import (
    DriverError,
    Inputs,
    RunNames,
    items_of,
    of_iteration,
    resolve,
)
from tidegate.runners.spec_run.launcher import LOGS, Attempt, LauncherError, launch
from tidegate.runners.spec_run.refusals import kind_of
from tidegate.runners.spec_run.results import TaskResult, TaskState, Watcher
from tidegate.runners.spec_run.spec_file import CompiledSpec
from tidegate.runners.spec_run.state import DagRun, TaskRun, bring_up_to_date
from tidegate.runners.spec_run.store import Store


@dataclass
class Engine:
    """One run.

    Attributes:
        spec: The pipeline.
        names: What placeholders of the run stand for.
        folder: Of the run.
        store: Of the pipeline's artifacts.
        cache: Of the pipeline's results; None to look for none and keep none.
        imports: Where importers remember what they imported.
        children: Containers are started by it.
        watcher: Is told what happens.
        project: Folder that stands for the one in the image.
        environment: Of this process.
        jobs: How many containers may run at a time.
    """

    spec: CompiledSpec
    names: RunNames
    folder: Path
    store: Store
    cache: Cache | None
    imports: Cache
    children: Children
    watcher: Watcher
    project: Path
    environment: Mapping[str, str]
    jobs: int = 2
    results: list[TaskResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._slots = threading.Semaphore(self.jobs)
        self._lock = threading.RLock()
        self._root = driver.run_root(self.spec.root, self.spec.name, self.names.id)

    def run(self, root: DagRun) -> bool:
        """Runs all tasks; True if none failed."""
        self._dag(root)
        return not root.failed

    def _dag(self, dag: DagRun) -> None:
        waiting = graph.waits_for(dag.component.dag)
        left = {
            name
            for name in waiting
            if not graph.is_exit_task(dag.component.dag.tasks[name])
        }
        done: queue.Queue[str] = queue.Queue()
        running: set[str] = set()
        while left or running:
            for name in sorted(left):
                if self._starts(dag, name, waiting[name], done):
                    running.add(name)
            left = {name for name in left if dag.tasks[name].phase == "waiting"}
            if not running:
                # Each task that was left out may leave out others.
                continue
            running.discard(done.get())

    def _starts(
        self, dag: DagRun, name: str, before: set[str], done: queue.Queue[str]
    ) -> bool:
        """Starts the task if it is its turn, or gives it up."""
        run = dag.tasks[name]
        if self._kind(dag, name) == "importer":
            before = set()  # An importer waits for nothing.
        phases = {dag.tasks[other].phase for other in before}
        if self.children.stopped or phases & {"failed", "skipped", "omitted"}:
            run.phase = "omitted"
            self._leave_out(dag, name, "not run")
            return False
        if phases - {"succeeded"}:
            return False
        run.phase = "running"

        def work() -> None:
            try:
                self._task(dag, name)
            finally:
                done.put(name)

        threading.Thread(target=work, name=run.path, daemon=True).start()
        return True

    def _kind(self, dag: DagRun, name: str) -> str:
        return kind_of(self.spec, self._component(dag, name))

    def _component(self, dag: DagRun, name: str) -> Any:
        return self.spec.component(dag.component.dag.tasks[name].component_ref.name)

    def _task(self, dag: DagRun, name: str) -> None:
        """Runs a task, and the exit task that watches over it."""
        self._one(dag, name)
        run = dag.tasks[name]
        watching = graph.exit_tasks(dag.component.dag).get(name)
        # The hook is one of the task itself, which is not there if its driver failed.
        if watching is None or self.children.stopped:
            return
        if run.phase in ("succeeded", "failed") and run.state is not None:
            dag.tasks[watching].phase = "running"
            self._one(dag, watching)
        else:
            dag.tasks[watching].phase = "omitted"
            self._leave_out(dag, watching, "not run")

    def _one(self, dag: DagRun, name: str) -> None:
        run, what = dag.tasks[name], self._kind(dag, name)
        task, component = dag.component.dag.tasks[name], self._component(dag, name)
        work = _Task(self, dag, run, task, component)
        try:
            state = work.run(what)
        except (DriverError, LauncherError, TidegateError, OSError) as error:
            run.phase, state, work.error = "failed", "failed", str(error)
        except Exception as error:  # Of this program: other tasks still have their end.
            run.phase, state = "failed", "failed"
            work.error = f"{type(error).__name__}: {error}"
            work.log = work.log or self._log_of(run, 0)
            with open(work.log, "a", encoding="utf-8") as log:
                log.write(traceback.format_exc())
        nested = what == "dag" and not task.WhichOneof("iterator")
        if nested and run.dag is not None:
            return  # Its tasks have told of themselves.
        if nested and state == "skipped":
            self._leave_out(dag, name, "skipped")
            return
        self._tell(work.result(state))
        if nested:  # Its driver failed.
            self._leave_out(dag, name, "not run")

    def _leave_out(self, dag: DagRun, name: str, state: TaskState) -> None:
        """Tells of a task, and of all tasks in it, that they do not run."""
        task, component = dag.component.dag.tasks[name], self._component(dag, name)
        exits = graph.is_exit_task(task)
        for path in leaves(self.spec, component, dag.tasks[name].path, task):
            self._tell(TaskResult(task=path, state=state, exit_task=exits))

    def _tell(self, result: TaskResult) -> None:
        with self._lock:
            self.results.append(result)
            self.watcher.ended(result)

    def _log_of(self, run: TaskRun, attempt: int) -> Path:
        name = run.path.replace("/", ".")
        number = f".{attempt}" if attempt else ""
        file = self.folder / "logs" / f"{name}{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        return file


def is_dag(component: Any) -> bool:
    """True for a component that is a pipeline itself."""
    return bool(component.WhichOneof("implementation") == "dag")


def leaves(
    spec: CompiledSpec, component: Any, path: str, task: Any = None
) -> list[str]:
    """The tasks that run something, in and below a component, in an order.

    A loop is one of them: how often it goes round is not known yet.
    """
    if not is_dag(component) or (task is not None and task.WhichOneof("iterator")):
        return [path]
    ordered, _ = graph.in_order(graph.waits_for(component.dag))
    return [
        leaf
        for name in ordered
        for leaf in leaves(
            spec,
            spec.component(component.dag.tasks[name].component_ref.name),
            f"{path}/{name}" if path else name,
            component.dag.tasks[name],
        )
    ]


@dataclass
class _Task:
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
        inputs = resolve(self.dag, self.task, self.component, self.engine.names)
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
            self.engine._dag(run.dag)
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
        self.engine._dag(run.dag)
        run.phase = "failed" if run.dag.failed else "succeeded"

    def _container(self, inputs: Inputs) -> TaskState:
        engine, run = self.engine, self.task_run
        executor = engine.spec.executor(self.component)
        assert executor is not None
        container = executor.container
        self.image = container.image
        given = driver.executor_input(inputs, self.component, run.name, engine._root)
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
                with self.engine._slots:
                    self.begin()
                    outputs = self._attempt(planned, seconds)
            except LauncherError as error:
                self._ended("FAILED")
                self.code = error.code
                wait = self._wait()
                if wait is None or self.engine.children.stopped:
                    raise
                self.engine.watcher.say(
                    f"  {run.path}: {error}; again in {wait:.0f} s "
                    f"({self.attempts} of {_policy(self.task, self.dag)[0]} retries)"
                )
                self._sleep(wait)
            else:
                self._ended("COMPLETE")
                self.code = None
                return outputs

    def _attempt(self, planned: driver.Planned, seconds: float | None) -> Outputs:
        number, engine = self.attempts, self.engine
        self.attempts += 1
        self.log = engine._log_of(self.task_run, number)
        name = self.task_run.path.replace("/", ".")
        return launch(
            Attempt(
                component=self.component,
                words=planned.words,
                executor_input=planned.executor_input,
                environment=planned.environment,
                root=engine._root,
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

    def _ended(self, state: Any) -> None:
        with self.engine._lock:
            self.task_run.state = state
            bring_up_to_date(self.dag)

    def _wait(self) -> float | None:
        """Seconds until the next attempt, None where there is none."""
        limit, first, factor, longest = _policy(self.task, self.dag)
        if self.attempts > limit:
            return None
        wait = first * (factor ** (self.attempts - 1) if factor > 0 else 1)
        return wait if self.seconds() + wait <= longest else None

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


def _policy(task: Any, dag: DagRun) -> tuple[int, float, float, float]:
    """Retries, first wait, factor and time limit, from the task or the DAG around.

    compiler/visitor.go:dfs hands the policy of a nested pipeline to its tasks.
    """
    policy = None
    if task.HasField("retry_policy"):
        policy = task.retry_policy
    elif dag.task is not None and dag.parent is not None:
        return _policy(dag.made_by, dag.parent)
    if policy is None:
        return 0, 0.0, 0.0, 0.0
    return (
        policy.max_retry_count,
        float(policy.backoff_duration.seconds),
        float(policy.backoff_factor),
        float(policy.backoff_max_duration.seconds),
    )
