"""Repeats a run, after a look at what it was made from.

The repetition has the settings on record, a folder of its own, no cache, and a
destination of its own in which the champion of then is: nothing outside changes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tidegate.errors import ComponentError, UsageError
from tidegate.lineage.champion_then import copy_of, still_there
from tidegate.lineage.changes import Change, changes
from tidegate.lineage.code import listed_again
from tidegate.lineage.inputs import data_files, named_now, stores_now
from tidegate.lineage.reproduction import PUSHED, pushed_by
from tidegate.lineage.run_record import (
    HIDDEN,
    RunRecord,
    read_record,
    record_file,
)
from tidegate.pipeline_folder import PipelineFolder
from tidegate.pusher.environment import environment_record
from tidegate.runners import supervisor

REPRODUCED = "reproduced"
_OWN = ("output", "push_to", "name")


def state_now(record: RunRecord) -> RunRecord:
    """What a run with the settings on record would start from now.

    Raises:
        UsageError: The pipeline is not there any more, or takes other settings.
        TidegateError: A store does not answer.
    """
    folder = PipelineFolder.find(Path(record.folder))
    recorded = folder.config(settings_of(record))
    again = folder.config(_shown(record.overrides))
    champion, pushed = record.champion, pushed_by(record)
    return record.model_copy(
        update={
            "settings": _comparable(again.model_dump(mode="json"), record.settings),
            "inputs": (*data_files(recorded), *named_now(record.inputs)),
            "stores": stores_now(record.stores, recorded),
            "code": listed_again(record.code, folder.path),
            "environment": environment_record(os.environ),
            "champion": None if champion is None else still_there(champion, pushed),
        }
    )


def inputs_changed(record: RunRecord) -> tuple[Change, ...]:
    """Inputs that are not what they were when the run began.

    Raises:
        TidegateError: As `state_now`.
    """
    return changes(record, state_now(record))


def repeat(
    record: RunRecord, output: Path, watcher: supervisor.Watcher
) -> tuple[RunRecord | None, supervisor.RunResult]:
    """Runs the pipeline once more; gives the record of that and how it ended.

    Args:
        record: The run.
        output: A folder that is not there yet.
        watcher: Is told each event as it comes.

    Raises:
        UsageError: The folder is there, or the settings are not valid any more.
        ComponentError: The champion of then is not there any more.
    """
    if output.exists() and any(output.iterdir()):
        raise UsageError(
            "the repetition needs a folder of its own",
            where=str(output),
            expected="a folder that is empty or not there",
            got="one with something in it",
            fix="name another: --output FOLDER",
        )
    folder = PipelineFolder.find(Path(record.folder))
    scratch = output / PUSHED
    overrides = {
        **settings_of(record),
        "output": str(output),
        "push_to": str(scratch),
    }
    config = folder.config(overrides)
    _seed(record, scratch)
    result = supervisor.run(
        folder,
        config,
        overrides,
        watcher,
        cache=False,
        beam_args=record.beam_args,
        reproduces=record.run,
    )
    if result.run_id is None:
        return None, result
    return read_record(record_file(config.root, result.run_id)), result


def settings_of(record: RunRecord) -> dict[str, Any]:
    """The settings on record, as overrides; secrets come from the config file."""
    kept = _shown(record.settings)
    return {name: value for name, value in kept.items() if name not in _OWN}


def new_output(record: RunRecord) -> Path:
    """A folder for the repetition that is not there yet."""
    base = Path(record.output) / REPRODUCED / record.run.replace(":", "")
    count = 1
    while (found := base.with_name(f"{base.name}-{count}")).exists():
        count += 1
    return found


def _seed(record: RunRecord, scratch: Path) -> None:
    """Puts the champion of then where the repetition looks for it."""
    if record.champion is None:
        return
    if copy_of(record.champion, pushed_by(record), scratch) is None:
        raise ComponentError(
            "the champion that the model was compared with is not there any more",
            where=record.champion.uri,
            expected=f"version {record.champion.version}",
            got="no whole model",
            fix="restore it, for its comparison is a part of the run",
        )


def _comparable(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """Settings of now where those of then may differ from them by right."""
    same: dict[str, Any] = {n: then[n] for n in ("output", "push_to") if n in then}
    hidden = {name: then[name] for name in now if name in then and _hides(then[name])}
    return {**now, **same, **hidden}


def _shown(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if not _hides(value)}


def _hides(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_hides, value.values()))
    return bool(value == HIDDEN)
