"""Runs Transform: in this process where it can, else as TFX does."""

from __future__ import annotations

import logging
import os
import shutil
import time
from typing import Any

from tfx.components.transform import executor as stock
from tfx.components.transform import labels
from tfx.components.util import udf_utils
from tfx.dsl.components.base import base_executor
from tfx.types import standard_component_specs as keys
from tfx.utils import io_utils

from tidegate.transform import columnar
from tidegate.transform.request import Artifacts, resolve
from tidegate.transform.spec import BEAM, ENGINE
from tidegate.transform.unsupported import Unsupported
from tidegate.transform.user_faults import demand_found

_LOG = logging.getLogger("tidegate.transform")


class Executor(stock.Executor):  # type: ignore[misc]
    """Executor of Transform; the stock one does what it does not cover."""

    def __init__(self, context: Any = None) -> None:
        # Not the Beam executor's own: it packs all of TFX for remote workers,
        # which takes seconds. The stock executor does so when it has to run.
        base_executor.BaseExecutor.__init__(self, context)

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """See `BaseExecutor.Do`."""
        if exec_properties.get(ENGINE) == BEAM:
            _LOG.info("on Beam, as asked for")
        else:
            try:
                self._in_process(input_dict, output_dict, exec_properties)
                return
            except Unsupported as reason:
                _LOG.info("on Beam, for %s", reason)
        stock.Executor(self._context).Do(input_dict, output_dict, exec_properties)

    def _in_process(
        self, inputs: Artifacts, outputs: dict[str, Any], properties: dict[str, Any]
    ) -> None:
        started = time.perf_counter()
        request = resolve(inputs, outputs, properties)
        _, packages = udf_utils.decode_user_module_key(
            properties.get(keys.MODULE_PATH_KEY)
        )
        folder = os.path.join(request.output, ".temp_path")
        local = [io_utils.ensure_local(package) for package in packages]
        with udf_utils.TempPipInstallContext(local):
            resolution = _for_functions(properties)
            function = demand_found(
                lambda: self._GetPreprocessingFn(resolution, {}), _module(properties)
            )
            if self._GetStatsOptionsUpdaterFn(resolution) is not None:
                raise Unsupported("stats_options_updater_fn changes the statistics")
            try:
                done = columnar.run(request, function, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        _log(done, time.perf_counter() - started)


def _module(properties: dict[str, Any]) -> str:
    given = (keys.MODULE_FILE_KEY, keys.MODULE_PATH_KEY, keys.PREPROCESSING_FN_KEY)
    return str(next((properties[key] for key in given if properties.get(key)), None))


def _for_functions(properties: dict[str, Any]) -> dict[str, Any]:
    """What the stock executor resolves the user's functions from."""
    return {
        labels.MODULE_FILE: properties.get(keys.MODULE_FILE_KEY),
        labels.MODULE_PATH: properties.get(keys.MODULE_PATH_KEY),
        labels.PREPROCESSING_FN: properties.get(keys.PREPROCESSING_FN_KEY),
        labels.STATS_OPTIONS_UPDATER_FN: properties.get(
            keys.STATS_OPTIONS_UPDATER_FN_KEY
        ),
        labels.CUSTOM_CONFIG: properties.get(keys.CUSTOM_CONFIG_KEY),
    }


def _log(done: columnar.Done, seconds: float) -> None:
    analyzed = sum(done.analyzed.values())
    splits = ", ".join(f"{name} {rows:,}" for name, rows in done.transformed.items())
    _LOG.info(
        "in process: %s rows analyzed, transformed %s in %.1f s",
        f"{analyzed:,}",
        splits or "none",
        seconds,
    )
