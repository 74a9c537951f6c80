"""A user's executors and function components, as a project would have them."""

# TFX reads the annotations of functions as they stand: no `annotations` of the
# future here.

import json
from pathlib import Path
from typing import Any

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base import base_beam_executor, base_executor
from tfx.proto.orchestration import execution_result_pb2
from tfx.types import standard_artifacts


@component
def Trial(
    examples: InputArtifact[standard_artifacts.Examples],
    model: OutputArtifact[standard_artifacts.Model],
    rate: Parameter[float],
    names: Parameter[list[str]],
) -> OutputDict(loss=float, steps=int, note=str):  # type: ignore[valid-type]
    """A function that writes a model and returns values."""
    Path(model.uri, "model.txt").write_text(f"{examples.span} {rate} {names}")
    model.set_int_custom_property("size", 12)
    return {"loss": 0.25, "steps": 9, "note": examples.uri}


class Recorder(base_executor.BaseExecutor):  # type: ignore[misc]
    """Writes down all that it is given."""

    def Do(
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        """Writes `seen.json`."""
        context = self._context
        (output,) = output_dict["model"]
        inputs = {
            key: [(type(one).__name__, one.uri, one.id) for one in listed]
            for key, listed in input_dict.items()
        }
        seen = {
            "inputs": inputs,
            "properties": exec_properties,
            "run": context.pipeline_run_id,
            "pipeline": context.pipeline_info.id,
            "node": context.pipeline_node.node_info.id,
            "temporary": self._get_tmp_dir(),
        }
        Path(output.uri, "seen.json").write_text(json.dumps(seen))
        output.set_string_custom_property("from", input_dict["examples"][0].uri)
        output.set_json_value_custom_property("shapes", {"a": [1.5, None]})


class Returner(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Returns what came out instead of changing the artifact."""

    def Do(self, input_dict: Any, output_dict: Any, exec_properties: Any) -> Any:
        """Returns a property that says which Beam it has."""
        result = execution_result_pb2.ExecutorOutput()
        artifact = result.output_artifacts["model"].artifacts.add()
        args = " ".join(self._beam_pipeline_args)
        artifact.custom_properties["beam"].string_value = args
        return result


class Driven(base_executor.BaseExecutor):  # type: ignore[misc]
    """Tells what a driver resolved."""

    def Do(
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        """Sets the pattern that it is to read."""
        (output,) = output_dict["examples"]
        config = json.loads(exec_properties["input_config"])
        pattern = config["splits"][0]["pattern"]
        output.set_string_custom_property("pattern", pattern)
