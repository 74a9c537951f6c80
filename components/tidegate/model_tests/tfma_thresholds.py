"""Which thresholds of an EvalConfig apply to which metric and slice.

TFMA knows it by making every metric, with TensorFlow. Most configurations need no
such thing: a metric is called after its class, and the results have it. Only where
one is not found so, as for metrics of one's own or of single classes, TFMA is asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.model_tests.tfma_protos import message

_WORDS = (re.compile(r"(.)([A-Z][a-z]+)"), re.compile(r"([a-z0-9])([A-Z])"))

Identity = tuple[str, str, str]
DIFF = "diff"


@dataclass(frozen=True)
class Threshold:
    """One threshold on one metric.

    Attributes:
        metric: The metric: its name, its model or "diff", and its other parts.
        slicing: `SlicingSpec` of the slices that it applies to; None for all.
        bound: `GenericValueThreshold` or `GenericChangeThreshold`.
    """

    metric: Identity
    slicing: Any
    bound: Any

    @property
    def is_change(self) -> bool:
        """Whether it bounds the change against the champion."""
        return hasattr(self.bound, "direction")


class _NeedsTfma(Exception):
    """Only TFMA can say which metric is meant."""


def thresholds(config: Any, found: Iterable[Identity]) -> list[Threshold]:
    """The thresholds of a configuration, each once.

    Args:
        config: An `EvalConfig`.
        found: The metrics in the results.
    """
    by_name: dict[str, set[Identity]] = {}
    for metric in found:
        by_name.setdefault(metric[0], set()).add(metric)
    try:
        told = [one for spec in config.metrics_specs for one in _plain(spec, by_name)]
    except _NeedsTfma:
        told = list(_by_tfma(config))
    champion = {spec.name for spec in config.model_specs if spec.is_baseline}
    kept: dict[Any, Threshold] = {}
    for one in told:
        if one.metric[1] and one.metric[1] in champion:
            continue
        slicing = None if one.slicing is None else one.slicing.SerializeToString()
        kept.setdefault((one.metric, slicing, one.bound.SerializeToString()), one)
    return list(kept.values())


def identity(key: Any) -> Identity:
    """(name, model or "diff", other parts) of a `MetricKey`."""
    rest = type(key)()
    rest.CopyFrom(key)
    for field in ("name", "model_name", "is_diff"):
        rest.ClearField(field)
    model = DIFF if key.is_diff else key.model_name
    return key.name, model, rest.SerializeToString(deterministic=True).hex()


def _plain(spec: Any, found: Mapping[str, set[Identity]]) -> Iterator[Threshold]:
    """The thresholds of one `MetricsSpec`."""
    given = [(name, None, one) for name, one in spec.thresholds.items()]
    for name, several in spec.per_slice_thresholds.items():
        given += [(name, s, t.threshold) for t, s in _sliced(several.thresholds)]
    own: list[str] = []
    for metric in spec.metrics:
        held: list[tuple[Any, Any]] = [
            (s, t.threshold) for t, s in _sliced(metric.per_slice_thresholds)
        ]
        if metric.HasField("threshold"):
            held.append((None, metric.threshold))
        if held or metric.cross_slice_thresholds:
            name = _name_of(metric)
            given += [(name, slicing, one) for slicing, one in held]
            own.append(name)
    crossed = spec.cross_slice_thresholds or any(
        metric.cross_slice_thresholds for metric in spec.metrics
    )
    if not given and not crossed:
        return
    if crossed or spec.HasField("binarize") or spec.HasField("aggregate"):
        raise _NeedsTfma
    if spec.query_key or len(spec.output_names) > 1:
        raise _NeedsTfma
    for name, slicing, one in given:
        yield from _on_models(name, slicing, one, spec, found)


def _sliced(per_slice: Any) -> Iterator[tuple[Any, Any]]:
    for one in per_slice:
        for slicing in one.slicing_specs:
            yield one, slicing


def _on_models(
    name: str, slicing: Any, threshold: Any, spec: Any, found: Any
) -> Iterator[Threshold]:
    for model in spec.model_names or [""]:
        if threshold.HasField("value_threshold"):
            metric = _only(found.get(name, ()), model, spec)
            yield Threshold(metric, slicing, threshold.value_threshold)
        if threshold.HasField("change_threshold"):
            # TFMA has one difference for each metric, whatever the model.
            _only(found.get(name, ()), model, spec)
            metric = _only(found.get(name, ()), DIFF, spec)
            yield Threshold(metric, slicing, threshold.change_threshold)


def _only(known: Iterable[Identity], model: str, spec: Any) -> Identity:
    """The one metric of the name and the model that the specification means."""
    held = [one for one in known if one[1] == model and _fits(one, spec)]
    if len(held) != 1:
        raise _NeedsTfma
    return held[0]


def _fits(metric: Identity, spec: Any) -> bool:
    key = message("MetricKey")
    key.ParseFromString(bytes.fromhex(metric[2]))
    if spec.HasField("example_weights") and key.HasField("example_weighted"):
        wanted = {
            weighted
            for weighted, asked in (
                (True, spec.example_weights.weighted),
                (False, spec.example_weights.unweighted),
            )
            if asked
        }
        if key.example_weighted.value not in wanted:
            return False
    return key.output_name in (spec.output_names or [""])


def _name_of(metric: Any) -> str:
    """The name that TFMA gives a metric which is called after its class."""
    if metric.module:
        raise _NeedsTfma
    if metric.config:
        try:
            name = json.loads(f"{{{metric.config.strip().strip('{}')}}}").get("name")
        except ValueError:
            raise _NeedsTfma from None
        if name:
            return str(name)
    name = metric.class_name
    for words in _WORDS:
        name = words.sub(r"\1_\2", name)
    return str(name.lower())


def _by_tfma(config: Any) -> Iterator[Threshold]:
    """What TFMA itself makes of the configuration; imports TensorFlow."""
    from tensorflow_model_analysis.metrics import metric_specs
    from tensorflow_model_analysis.proto import config_pb2

    known = config_pb2.EvalConfig.FromString(config.SerializeToString())
    told = metric_specs.metric_thresholds_from_metrics_specs(
        known.metrics_specs, eval_config=known
    )
    for metric, per_slice in told.items():
        for slicing, bound in per_slice:
            yield Threshold(identity(metric.to_proto()), slicing, bound)
