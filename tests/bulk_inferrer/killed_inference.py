"""A bulk inference in a process of its own, which waits when a shard is done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.bulk_inferrer.bulk_trial import infer, model_artifact

from tidegate.bulk_inferrer import work
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact

_KIND = ArtifactType(name="Examples", path="x", properties={"split_names": "string"})


def main() -> None:
    """Predicts for the examples given as arguments, a shard for each line told."""
    examples, model, out = map(Path, sys.argv[1:])
    artifact = Artifact(_KIND, str(examples))
    artifact.split_names = '["a"]'

    def one_by_one(predict: Any, shards: Any) -> Any:
        for shard in shards:
            yield shard, predict(shard)
            print("predicted", flush=True)
            sys.stdin.readline()

    setattr(work, "in_process", one_by_one)  # noqa: B010
    infer(out, artifact, model_artifact(model))


if __name__ == "__main__":
    main()
