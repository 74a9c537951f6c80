"""Runs the tasks of a pipeline in the order and by the rules of Argo and KFP.

A task begins when all that it waits for have succeeded; one behind a failed or
skipped task is not run. After a failure independent branches go on: Argo's failFast,
which KFP leaves at its default, does not stop them (argo-workflows issues 5223 and
10312; workflow/controller/dag.go:assessDAGPhase). An exit task runs when the task
that it watches over has ended, and does not change how the run ends
(argocompiler/common.go:addExitTask).
"""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.errors import TidegateError
from tidegate.runners.spec_run import driver, graph
from tidegate.runners.spec_run.cache import Cache
from tidegate.runners.spec_run.children import Children
from tidegate.runners.spec_run.inputs import RunNames
from tidegate.runners.spec_run.launcher import LauncherError
from tidegate.runners.spec_run.refusals import kind_of
from tidegate.runners.spec_run.results import TaskResult, TaskState, Watcher
from tidegate.runners.spec_run.spec_file import CompiledSpec
from tidegate.runners.spec_run.state import DagRun, TaskRun
from tidegate.runners.spec_run.store import Store
from tidegate.runners.spec_run.task import OneTask
from tidegate.runners.spec_run.upstream import DriverError


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
        longest_wait: Seconds after which a failed container is tried again at the
            latest; None waits as long as on a cluster.
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
    longest_wait: float | None = None
    results: list[TaskResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slots = threading.Semaphore(self.jobs)
        self.lock = threading.RLock()
        self.root = driver.run_root(self.spec.root, self.spec.name, self.names.id)

    def run(self, root: DagRun) -> bool:
        """Runs all tasks; True if none failed."""
        self.run_dag(root)
        return not root.failed

    def run_dag(self, dag: DagRun) -> None:
        """Runs the tasks of one DAG, and waits for all of them."""
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
            self._omit(dag, name)
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
            self._omit(dag, watching)

    def _omit(self, dag: DagRun, name: str) -> None:
        """Gives a task up, and the exit task that would have watched over it."""
        dag.tasks[name].phase = "omitted"
        self._leave_out(dag, name, "not run")
        watching = graph.exit_tasks(dag.component.dag).get(name)
        if watching is not None:
            self._omit(dag, watching)

    def _one(self, dag: DagRun, name: str) -> None:
        run, what = dag.tasks[name], self._kind(dag, name)
        task, component = dag.component.dag.tasks[name], self._component(dag, name)
        work = OneTask(self, dag, run, task, component)
        try:
            state = work.run(what)
        except (DriverError, LauncherError, TidegateError, OSError) as error:
            run.phase, state, work.error = "failed", "failed", str(error)
        except Exception as error:  # Of this program: other tasks still have their end.
            run.phase, state = "failed", "failed"
            work.error = f"{type(error).__name__}: {error}"
            work.log = work.log or self.log_of(run, 0)
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
        with self.lock:
            self.results.append(result)
            self.watcher.ended(result)

    def log_of(self, run: TaskRun, attempt: int) -> Path:
        """File for what an attempt at a task prints; its folder is there."""
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
