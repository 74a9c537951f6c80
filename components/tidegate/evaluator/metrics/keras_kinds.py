"""Which leaf does the work of a metric of Keras that TFMA wraps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.evaluator.metrics.keras_metric import KerasMean
from tidegate.evaluator.metrics.keras_scores import SCORES
from tidegate.evaluator.metrics.leaf_kinds import choice_of

_DEFAULTS = {
    "axis": -1,
    "ignore_class": None,
    "dtype": "float32",
    "from_logits": False,
}


def keras_leaves(combiner: Any) -> list[tuple[Any, KerasMean]] | str:
    """A leaf by key for each metric in TFMA's wrapper, or why there is none."""
    settings = vars(combiner)
    try:
        return list(_leaves(settings))
    except KeyError as missing:
        return f"metrics of Keras without {missing}, which they are known with"
    except _NotKnownError as reason:
        return str(reason)


class _NotKnownError(Exception):
    """A metric or setting of Keras that has no columnar form."""


def _leaves(settings: Mapping[str, Any]) -> Iterator[tuple[Any, KerasMean]]:
    from tensorflow_model_analysis.metrics import metric_types

    for module, name in settings["_custom_objects"]:
        if not module.startswith(("tf_keras.", "keras.")):
            raise _NotKnownError(f"{name} of {module}")
    if any(settings["_loss_configs"]):
        raise _NotKnownError("a loss of Keras as a metric")
    _refuse_padding(settings)
    aggregation, sub_key = settings["_aggregation_type"], settings["_sub_key"]
    in_config = bool(settings["_sub_key_in_config"])
    micro = bool(aggregation and aggregation.micro_average)
    choice = choice_of(settings, sub_key=None if in_config else sub_key)
    if choice.class_weights and not micro:
        raise _NotKnownError("class weights without micro average")
    outputs = zip(settings["_output_names"], settings["_metric_configs"], strict=True)
    for output_name, metrics in outputs:
        for metric in metrics:
            name, config = metric["class_name"], metric["config"]
            key = metric_types.MetricKey(
                name=config["name"],
                model_name=settings["_model_name"],
                output_name=output_name,
                sub_key=sub_key,
                example_weighted=settings["_example_weighted"],
            )
            known = _known(name.rpartition(">")[2], config)
            yield key, KerasMean(choice, known, config, micro, in_config)


def _known(name: str, config: Mapping[str, Any]) -> str:
    if name not in SCORES:
        raise _NotKnownError(f"{name} of Keras")
    _, covered = SCORES[name]
    for setting, value in config.items():
        if setting == "name" or setting in covered:
            continue
        if setting not in _DEFAULTS or value != _DEFAULTS[setting]:
            raise _NotKnownError(f"{name} of Keras with {setting}={value!r}")
    return name


def _refuse_padding(settings: Mapping[str, Any]) -> None:
    config = settings["_eval_config"]
    specs = config.model_specs if config is not None else ()
    if any(spec.HasField("padding_options") for spec in specs):
        raise _NotKnownError("padding_options")
