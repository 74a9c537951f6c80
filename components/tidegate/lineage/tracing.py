"""Follows a model through the metadata of its runs: up to its data, down to its use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from tidegate.lineage.artifact_facts import facts_of, is_absent
from tidegate.lineage.changes import short
from tidegate.lineage.lineage import Item, Relation
from tidegate.lineage.metadata_graph import Artifact, Execution, MetadataGraph
from tidegate.lineage.run_record import RunRecord

REPORT = "tidegate.TestReport"
_EVALUATION = "ModelEvaluation"
_EXAMPLES = "Examples"
_MODEL = "Model"
# What a model is judged by; the rest of what takes it only passes it on.
_JUDGES = frozenset(
    {REPORT, _EVALUATION, "ModelBlessing", "InfraBlessing", "tidegate.Explanation"}
)
# Settings that say little about a result, and much of how TFX hands it on.
_QUIET = frozenset(
    {
        "suite",
        "fingerprint",
        "state",
        "user_code_wheel",
        "eval_config",
        "newest",
        "force_tf_compat_v1",
        "disable_statistics",
    }
)
_LONGEST = 300


class Tracer:
    """Makes items of what the metadata have.

    Args:
        graph: The metadata.
        records: Records of runs by their ids, for files and their digests.
        run: The run that made the model; reports of other runs on the same data
            are none of it.
    """

    def __init__(
        self, graph: MetadataGraph, records: Mapping[str, RunRecord], run: str | None
    ) -> None:
        self._graph = graph
        self._records = records
        self._run = run
        self._told: set[int] = set()
        self._seen: set[int] = set()
        self._reports: set[int] = set()

    def origin(self, artifact: Artifact) -> tuple[Item, ...]:
        """What made an artifact, with all that it was made from."""
        made = self._graph.producer(artifact.id)
        self._told.add(artifact.id)
        if made is None:
            return ()
        return (self._execution(made, "made by"),)

    def judgement(self, model: Artifact) -> tuple[Item, ...]:
        """The evaluations and reports on a model, and what it was compared with."""
        return tuple(
            self._execution(one, "judged by", outputs=True, without=model.id)
            for one in self._graph.consumers(model.id)
            if self._in_run(one) and self._kinds(one) & _JUDGES
        )

    def push(self, version: int, pushed: str) -> tuple[Item, ...]:
        """The push of a version as the metadata have it, which know no reasons."""
        found = self._graph.pushed_model(version, pushed)
        made = None if found is None else self._graph.producer(found.id)
        if found is None or made is None:
            return ()
        at = datetime.fromtimestamp(made.started, timezone.utc)
        facts = {"by": made.node, "at": f"{at:%Y-%m-%d %H:%M:%S} UTC"}
        to = str(found.properties.get("pushed_destination", ""))
        facts |= {"to": to, "run": made.run or "unknown"}
        return (Item(kind="event", name="push", facts=facts),)

    def uses(self, model: Artifact, version: int, pushed: str) -> tuple[Item, ...]:
        """What came of the model: other runs that took it, by whatever name."""
        same = [model, *self._copies(version, pushed)]
        made = self._graph.producer(model.id)
        own = {self._run, None if made is None else made.run}
        taken = [
            one
            for artifact in same
            for one in self._graph.consumers(artifact.id)
            if not (artifact.id == model.id and one.run in own)
        ]
        return tuple(self._use(one) for one in sorted(taken, key=lambda each: each.id))

    def _copies(self, version: int, pushed: str) -> Iterator[Artifact]:
        """Model artifacts that a Champion made of the pushed version."""
        where = f"{pushed.rstrip('/')}/{version}"
        for one in self._graph.artifacts.values():
            source = str(one.properties.get("source_uri", ""))
            number = str(one.properties.get("version", ""))
            if one.type == "Model" and source == where and number == str(version):
                yield one

    def _use(self, one: Execution) -> Item:
        given = [self._graph.artifacts[out] for out in one.given]
        return Item(
            kind="run",
            name=f"{one.node} of run {one.run or '?'}",
            relation="used by",
            facts={"state": one.state.lower(), **_outputs(given)},
            uri=given[0].uri if given else None,
        )

    def _execution(
        self,
        one: Execution,
        relation: Relation,
        *,
        outputs: bool = False,
        without: int | None = None,
    ) -> Item:
        if one.id in self._seen:
            return _again(one, relation)
        self._seen.add(one.id)
        self._reports |= set(one.given) if outputs else set()
        items = [
            self._artifact(self._graph.artifacts[taken])
            for taken in one.taken
            if taken != without and taken in self._graph.artifacts
        ]
        if outputs:
            given = [self._graph.artifacts[out] for out in one.given]
            items = [*(self._given(each) for each in given), *items]
        return Item(
            kind="execution",
            name=one.node,
            relation=relation,
            facts=_facts_of_execution(one),
            key=f"execution {one.id}",
            items=(*self._files(one), *items),
        )

    def _given(self, artifact: Artifact) -> Item:
        return Item(
            kind=artifact.type,
            name=_name(artifact.type),
            relation="about",
            facts=facts_of(artifact),
            uri=artifact.uri,
            key=f"artifact {artifact.id}",
        )

    def _artifact(self, artifact: Artifact) -> Item:
        told = artifact.id in self._told
        self._told.add(artifact.id)
        if told:
            return self._given(artifact).model_copy(
                update={"relation": "from", "facts": {"see": "above"}}
            )
        below = () if is_absent(artifact) else self.origin(artifact)
        missing = None
        if not below and not is_absent(artifact):
            missing = "no execution on record made it"
        return self._given(artifact).model_copy(
            update={
                "relation": "from",
                "items": (*self._tests(artifact), *below),
                "missing": missing,
            }
        )

    def _tests(self, artifact: Artifact) -> Iterator[Item]:
        """Reports on the artifact in the run of the model."""
        for one in self._graph.consumers(artifact.id):
            if not self._in_run(one) or self._tests_another(one, artifact):
                continue
            for out in one.given:
                report = self._graph.artifacts[out]
                if report.type == REPORT and out not in self._reports:
                    self._reports.add(out)
                    yield self._given(report).model_copy(
                        update={"relation": "tested by", "name": one.node}
                    )

    def _tests_another(self, one: Execution, artifact: Artifact) -> bool:
        """Whether what an execution tests is another artifact that it takes."""
        kinds = {self._graph.artifacts[taken].type for taken in one.taken}
        if _MODEL in kinds:
            return artifact.type != _MODEL
        return _EXAMPLES in kinds and artifact.type != _EXAMPLES

    def _files(self, one: Execution) -> Iterator[Item]:
        """The files that a node read, of the record of its run."""
        record = self._records.get(one.run or "")
        if record is None:
            return
        named = {str(value) for value in one.properties.values()}
        reads = "data" in one.properties and "fingerprint" in one.properties
        for file in record.inputs:
            if file.path in named or (reads and file.role == "data"):
                yield Item(
                    kind="file",
                    name=file.path,
                    relation="from",
                    facts={"sha256": short(file.sha256), "bytes": f"{file.size:,}"},
                    uri=file.path,
                )

    def _in_run(self, one: Execution) -> bool:
        return self._run is None or one.run == self._run

    def _kinds(self, one: Execution) -> set[str]:
        return {self._graph.artifacts[out].type for out in one.given}


def _again(one: Execution, relation: Relation) -> Item:
    return Item(
        kind="execution",
        name=one.node,
        relation=relation,
        facts={"see": "above"},
        key=f"execution {one.id}",
    )


def _facts_of_execution(one: Execution) -> dict[str, str]:
    told = {
        name: str(value)
        for name, value in one.properties.items()
        if name not in _QUIET and 0 < len(str(value)) <= _LONGEST
        if str(value) not in ("null", "{}", "[]")
    }
    state = {} if one.state == "COMPLETE" else {"state": one.state.lower()}
    return {
        "component": one.component,
        "run": one.run or "unknown",
        **state,
        "seconds": f"{max(one.ended - one.started, 0):.1f}",
        **told,
    }


def _outputs(given: Iterable[Artifact]) -> dict[str, str]:
    return {_name(one.type): Path(one.uri).as_posix() for one in given}


def _name(type_: str) -> str:
    return type_.rsplit(".", 1)[-1]
