"""What an artifact says, apart from its bytes.

Most files of two equal runs are equal to the byte. The rest are not because of
times, names of folders, and orders that are none: those are compared by a digest
of what they say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tidegate.columnar import twin
from tidegate.columnar.tf_record import read_records
from tidegate.errors import TidegateError
from tidegate.lineage import saved_model_content
from tidegate.lineage.example_content import examples_digest
from tidegate.lineage.file_digests import digest_of_lines, files_below, sha256_of
from tidegate.lineage.naming import without_run, without_times

SAYS_NOTHING = ""
# Outputs that are only working material: logs of the training, results kept for
# the next run, under names made from the folders of this one.
NOT_COMPARED = frozenset({"model_run", "updated_analyzer_cache", "tuner_results"})
# Times, and digests of files that are compared themselves.
_VOLATILE = frozenset({"seconds", "created", "request_ms", "records_sha256"})
# The same within one file: digests of reports, in which there are times; the size
# of a graph, in which there are names of folders.
_VOLATILE_OF: Mapping[str, frozenset[str]] = {
    "decision.json": _VOLATILE | {"digest"},
    "tidegate-facts.json": _VOLATILE | {"size"},
}
# What a test measured of this machine, while others use it, is another each time,
# and so is the size of a graph; whether it was good enough counts.
_MEASURED = frozenset({"latency", "loads", "memory", "size"})
_MEASUREMENTS = frozenset({"observed", "plot", "sample"})
# Who pushed when is another each time, and a card tells of it.
_EVENTS = frozenset({"push.json", "model-card.md", "model-card.html"})
_RECORDS = (".gz", ".tfrecord", ".tfrecords")
_FINGERPRINT = "fingerprint.pb"


def content_of(
    folder: Path, names: Iterable[str], roots: Sequence[str], *, deep: bool = True
) -> dict[str, str]:
    """A digest of what each file says whose bytes may differ from run to run.

    Args:
        folder: The artifact.
        names: Its files.
        roots: Folders of the run, which say nothing.
        deep: Whether to read records one by one where there is no quicker way.

    Returns:
        Nothing for a file that has only its bytes.
    """
    listed = sorted(names)
    found: dict[str, str] = {}
    for name in listed:
        if name in _EVENTS or (name.endswith(".html") and _beside(name, listed)):
            # A page is made of what is beside it.
            found[name] = SAYS_NOTHING
        elif name.endswith(".json"):
            found |= _json(folder / name, name, roots)
        elif name.rsplit("/", 1)[-1] == saved_model_content.GRAPH:
            found |= _model(folder, name.rpartition("/")[0], listed, roots)
    return {**found, **_records(folder, listed, deep)}


def output_files(folder: Path) -> dict[str, str] | None:
    """SHA-256 of each file of an artifact; None where it is not on this machine."""
    if not folder.is_dir():
        return None
    return {name: sha256_of(folder / name) for name in files_below(folder)}


def normalised(value: Any, roots: Sequence[str], file: str = "") -> Any:
    """A JSON value without times and without folders of the run.

    Args:
        value: What was parsed.
        roots: Folders of the run.
        file: Name of the file that it is of, for what says nothing there alone.
    """
    if isinstance(value, dict):
        out = _VOLATILE_OF.get(file.rsplit("/", 1)[-1], _VOLATILE)
        out = out | _MEASUREMENTS if str(value.get("test")) in _MEASURED else out
        return {
            without_run(key, roots): normalised(one, roots, file)
            for key, one in value.items()
            if key not in out
        }
    if isinstance(value, list):
        return [normalised(one, roots, file) for one in value]
    if isinstance(value, str):
        return without_times(without_run(value, roots))
    return value


def _json(path: Path, name: str, roots: Sequence[str]) -> dict[str, str]:
    try:
        parsed = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    said = normalised(parsed, roots, name)
    return {name: digest_of_lines([json.dumps(said, sort_keys=True)])}


def _model(
    folder: Path, model: str, names: Sequence[str], roots: Sequence[str]
) -> dict[str, str]:
    said = saved_model_content.content_of(folder / model, roots)
    if not said:
        return {}
    within = f"{model}/" if model else ""
    found = {f"{within}{saved_model_content.GRAPH}": said["graph"]}
    for name in names:
        if name == f"{within}{_FINGERPRINT}":
            found[name] = SAYS_NOTHING  # Digests of the graph, with a random number.
        elif name == f"{within}{saved_model_content.VARIABLES}.index":
            found[name] = saved_model_content.variables_digest(said)
        elif name.startswith(f"{within}{saved_model_content.VARIABLES}.data-"):
            found[name] = SAYS_NOTHING  # The index's digest is over these.
    return found


def _records(folder: Path, names: Sequence[str], deep: bool) -> dict[str, str]:
    """Records by their columns where those are beside them, else one by one."""
    wanted = [name for name in names if name.endswith(_RECORDS)]
    known = _by_twin(folder, wanted)
    found = {}
    for name in wanted:
        if name in known:
            found[name] = f"columns {known[name]}"
        elif deep and (digest := _each_record(folder / name)) is not None:
            found[name] = digest
    return found


def _by_twin(folder: Path, names: Sequence[str]) -> Mapping[str, str]:
    """Digest of the columns of each record file, where all of them are sound."""
    splits = [
        (name.partition("/")[0].removeprefix("Split-"), folder / name) for name in names
    ]
    if twin.MANIFEST not in {path.name for path in folder.glob("*.json")}:
        return {}
    try:
        held = twin.read_twin(folder, splits)
    except (twin.NoTwin, TidegateError, OSError):
        return {}
    return {
        f"Split-{one.split}/{one.records}": one.columns_sha256 for one in held.files
    }


def _each_record(path: Path) -> str | None:
    try:
        return examples_digest(read_records(path))
    except (TidegateError, OSError, ValueError):
        return None


def _beside(name: str, names: Sequence[str]) -> bool:
    folder = name.rpartition("/")[0]
    return any(
        one.endswith(".json") and one.rpartition("/")[0] == folder for one in names
    )
