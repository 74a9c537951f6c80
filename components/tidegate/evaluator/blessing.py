"""The blessing of a model, as the stock Evaluator gives it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tfx.types import artifact_utils

from tidegate.evaluator import spec
from tidegate.evaluator.request import Artifacts

# Names that the stock Evaluator gives; its own module imports all of TFMA.
_FILES = {True: "BLESSED", False: "NOT_BLESSED"}
_BLESSED = "blessed"


def bless(
    blessing: Any, ok: bool, inputs: Artifacts, properties: Mapping[str, Any]
) -> None:
    """Writes the file of the verdict and describes the artifact.

    Args:
        blessing: The ModelBlessing artifact.
        ok: True if the model passed its thresholds.
        inputs: Artifacts of the Evaluator.
        properties: Execution properties of the Evaluator.
    """
    from tfx.utils import io_utils

    _name_model(blessing, "current_model", inputs[spec.MODEL][0])
    if inputs.get(spec.BASELINE_MODEL):
        _name_model(blessing, "baseline_model", inputs[spec.BASELINE_MODEL][0])
    component = properties.get("current_component_id")
    if component is not None:
        blessing.set_string_custom_property("component_id", component)
    io_utils.write_string_file(os.path.join(blessing.uri, _FILES[ok]), "")
    blessing.set_int_custom_property(_BLESSED, int(ok))


def _name_model(blessing: Any, name: str, model: Any) -> None:
    uri = artifact_utils.get_single_uri([model])
    blessing.set_string_custom_property(name, uri)
    blessing.set_int_custom_property(f"{name}_id", model.id)
