"""What is to be evaluated, out of the artifacts that TFX hands over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.utils import io_utils, json_utils, path_utils, proto_utils

from tidegate.columnar.discovery import artifact_files
from tidegate.errors import UsageError
from tidegate.evaluator import spec
from tidegate.evaluator.not_covered import NotCovered

Artifacts = Mapping[str, list[Any]]
DEFAULT_SPLITS = ("eval",)
NO_FAIRNESS_THRESHOLDS = (None, "", "null", "[]")


@dataclass(frozen=True)
class ModelFile:
    """A SavedModel to evaluate.

    Attributes:
        name: Its name in the EvalConfig; "" where it is the only one.
        path: Folder of the SavedModel.
    """

    name: str
    path: str


@dataclass(frozen=True)
class Request:
    """One evaluation.

    Attributes:
        eval_config: TFMA's EvalConfig with its defaults filled in.
        models: The models, in the order of the config.
        files: TFRecord files of tf.Examples, in order.
        schema: Schema of the examples, None without one.
        validates: True where the config has thresholds, so that a blessing is due.
    """

    eval_config: Any
    models: tuple[ModelFile, ...]
    files: tuple[Path, ...]
    schema: Any
    validates: bool


def read_request(inputs: Artifacts, properties: Mapping[str, Any]) -> Request:
    """The evaluation that artifacts and execution properties ask for.

    Raises:
        NotCovered: Something in them is for the stock Evaluator.
        TidegateError: The examples are not there, or TFMA refuses the config.
    """
    _demand_columnar(inputs, properties)
    import tensorflow_model_analysis as tfma

    told = tfma.EvalConfig()
    proto_utils.json_to_proto(properties[spec.EVAL_CONFIG], told)
    try:
        filled = _filled(told, has_baseline=bool(inputs.get(spec.BASELINE_MODEL)))
        config = _for_tfma(filled)
        thresholds = tfma.metrics.metric_thresholds_from_metrics_specs(
            filled.metrics_specs, eval_config=filled
        )
    except Exception as refused:
        # All of it is TFMA's code, and a metric's module may be anybody's.
        raise _refused(refused) from refused
    return Request(
        eval_config=config,
        models=tuple(_models(config, inputs)),
        files=_files(inputs[spec.EXAMPLES], properties),
        schema=_schema(inputs),
        validates=bool(thresholds),
    )


def _refused(error: Exception) -> UsageError:
    said = (str(error).splitlines() or [""])[0][:300]
    return UsageError(
        "TFMA refuses the EvalConfig",
        where="Evaluator(eval_config=…)",
        got=f"{type(error).__name__}: {said}",
        fix="correct the config; the stock Evaluator refuses it with the same words",
    )


def _filled(config: Any, has_baseline: bool) -> Any:
    """The EvalConfig with its defaults, as the stock Evaluator fills them in."""
    from tensorflow_model_analysis.utils import config_util

    filled = config_util.update_eval_config_with_defaults(
        config, has_baseline=has_baseline, rubber_stamp=True
    )
    config_util.verify_eval_config(filled)
    return filled


def _for_tfma(config: Any) -> Any:
    """The same as TFMA itself fills it in again, by the models that it gets."""
    from tensorflow_model_analysis.utils import config_util

    return config_util.update_eval_config_with_defaults(
        config, has_baseline=len(config.model_specs) > 1, rubber_stamp=False
    )


def _demand_columnar(inputs: Artifacts, properties: Mapping[str, Any]) -> None:
    if not properties.get(spec.EVAL_CONFIG):
        raise NotCovered("there is no eval_config")
    for key in (spec.MODULE_FILE, spec.MODULE_PATH):
        if properties.get(key):
            raise NotCovered(f"{key} brings functions of its own")
    if properties.get(spec.FAIRNESS_THRESHOLDS) not in NO_FAIRNESS_THRESHOLDS:
        raise NotCovered("fairness_indicator_thresholds are set")
    if len(inputs.get(spec.MODEL) or []) != 1:
        raise NotCovered("there is not one model")
    if len(inputs.get(spec.BASELINE_MODEL) or []) > 1:
        raise NotCovered("there are several baseline models")


def _models(config: Any, inputs: Artifacts) -> list[ModelFile]:
    found = []
    for model in config.model_specs:
        key = spec.BASELINE_MODEL if model.is_baseline else spec.MODEL
        artifact = artifact_utils.get_single_instance(inputs[key])
        path = path_utils.serving_model_path(
            artifact.uri, path_utils.is_old_model_artifact(artifact)
        )
        found.append(ModelFile(model.name, path))
    return found


def _files(examples: list[Any], properties: Mapping[str, Any]) -> tuple[Path, ...]:
    told = json_utils.loads(properties.get(spec.EXAMPLE_SPLITS) or "null")
    splits = told or DEFAULT_SPLITS
    found: list[Path] = []
    for split in splits:
        for artifact in examples:
            if _format(artifact) != example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE:
                raise NotCovered("the examples are not tf.Examples")
            folder = _local(artifact_utils.get_split_uris([artifact], split)[0])
            files = dict.fromkeys(path for _, path in artifact_files(folder.parent))
            found += [path for path in files if path.parent == folder]
    return tuple(found)


def _format(artifact: Any) -> int:
    return int(examples_utils.get_payload_format(artifact))


def _local(uri: str) -> Path:
    if urlparse(uri).scheme not in ("", "file"):
        raise NotCovered("the examples are not on a local disk")
    return Path(urlparse(uri).path if uri.startswith("file:") else uri)


def _schema(inputs: Artifacts) -> Any:
    if not inputs.get(spec.SCHEMA):
        return None
    folder = artifact_utils.get_single_uri(inputs[spec.SCHEMA])
    return io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(folder))
