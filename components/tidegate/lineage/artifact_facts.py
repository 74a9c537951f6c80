"""What is to be said of an artifact, of its type, its properties and its files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tidegate.columnar.provenance import side_file
from tidegate.columnar.twin import MANIFEST, Twin
from tidegate.errors import TidegateError
from tidegate.lineage.changes import short
from tidegate.lineage.file_digests import sha256_of
from tidegate.lineage.metadata_graph import Artifact
from tidegate.report.model import PAGE_FILE, REPORT_FILE, read_report

SCHEMA_FILE = "schema.pbtxt"
_SPLITS = "split_names"
_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
_ABSENT = "tidegate_absent"

Facts = dict[str, str]


def facts_of(artifact: Artifact) -> Facts:
    """Facts of an artifact by name, in reading order; without what is not known."""
    look = _LOOKS.get(artifact.type)
    facts = {} if look is None else look(artifact)
    if not Path(artifact.uri).exists() and "://" not in artifact.uri:
        facts["there"] = "no: its folder is gone"
    return {name: value for name, value in facts.items() if value}


def is_absent(artifact: Artifact) -> bool:
    """Whether the artifact stands for a model that there was not."""
    return bool(artifact.properties.get(_ABSENT))


def _examples(artifact: Artifact) -> Facts:
    held = artifact.properties
    splits = _list(held.get(_SPLITS))
    rows = {split: _rows(Path(artifact.uri), split) for split in splits}
    told = ", ".join(
        split if rows[split] is None else f"{split} {rows[split]:,} rows"
        for split in splits
    )
    return {
        "span": str(held["span"]) if "span" in held else "",
        "version": str(held["version"]) if "version" in held else "",
        "splits": told,
        "fingerprint": short(_text(held, "input_fingerprint") or None)
        if held.get("input_fingerprint")
        else "",
    }


def _schema(artifact: Artifact) -> Facts:
    file = Path(artifact.uri) / SCHEMA_FILE
    return {"sha256": short(sha256_of(file))} if file.is_file() else {}


def _report(artifact: Artifact) -> Facts:
    """Verdict and counts, of the report itself where it is still there."""
    folder, held = Path(artifact.uri), artifact.properties
    try:
        report = read_report(folder)
    except TidegateError:
        passed = held.get("passed")
        return {
            "verdict": "" if passed is None else ("open" if passed else "shut"),
            "failed": str(held.get("failed", "")),
            "warned": str(held.get("warned", "")),
        }
    counts = report.counts
    told = {name: f"{count:,}" for name, count in counts.items() if count}
    waived = [
        f"{one.test} of {one.subject}, by {one.waiver.owner}"
        for one in report.waived
        if one.waiver is not None
    ]
    return {
        "kind": report.kind,
        "verdict": report.verdict,
        "tests": f"{len(report.results):,}",
        **told,
        "waivers": "; ".join(waived),
        "suite": report.suite_file or "",
        "sha256": short(sha256_of(folder / REPORT_FILE)),
        "page": str(folder / PAGE_FILE) if (folder / PAGE_FILE).is_file() else "",
    }


def _model(artifact: Artifact) -> Facts:
    folder = Path(artifact.uri)
    graphs = [one for name in _MODEL_FILES for one in folder.rglob(name)]
    if is_absent(artifact):
        return {"there": "no: nothing had been pushed yet"}
    held = artifact.properties
    facts = {"version": str(held["version"]) if "version" in held else ""}
    if graphs:
        from tidegate.ledger.digests import digest_of

        try:
            model = digest_of(graphs[0].parent)
        except TidegateError:
            return facts
        facts |= {"digest": short(model.digest), "size": _size(model.size)}
    return facts


def _evaluation(artifact: Artifact) -> Facts:
    """The metrics over all rows, of TFMA's files where they are still there."""
    from tidegate.pusher.metrics import overall_metrics

    try:
        metrics = overall_metrics(Path(artifact.uri))
    except (TidegateError, OSError):
        return {}
    return {name: f"{value:.6g}" for name, value in metrics.items()}


def _blessing(artifact: Artifact) -> Facts:
    blessed = artifact.properties.get("blessed")
    return {} if blessed is None else {"blessed": "yes" if blessed else "no"}


def _pushed(artifact: Artifact) -> Facts:
    held = artifact.properties
    return {
        "version": _text(held, "pushed_version"),
        "to": _text(held, "pushed_destination"),
    }


def _list(value: object) -> list[str]:
    try:
        parsed = json.loads(str(value))
    except ValueError:
        return []
    return [str(one) for one in parsed] if isinstance(parsed, list) else []


def _rows(folder: Path, split: str) -> int | None:
    """Rows of a split, of the side file's own footer; None where it has none."""
    file = side_file(folder, split)
    if not file.is_file():
        return _twin_rows(folder, split)
    from pyarrow import parquet

    try:
        return int(parquet.read_metadata(file).num_rows)
    except (OSError, ValueError):
        return None


def _twin_rows(folder: Path, split: str) -> int | None:
    """Rows of a split, of the manifest of its columns."""
    try:
        held = Twin.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    found = [one.rows for one in held.files if one.split == split]
    return sum(found) if found else None


def _text(held: Mapping[str, object], name: str) -> str:
    return str(held.get(name, ""))


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size:,} bytes"


_LOOKS: Mapping[str, Callable[[Artifact], Facts]] = {
    "Examples": _examples,
    "Schema": _schema,
    "tidegate.TestReport": _report,
    "Model": _model,
    "ModelBlessing": _blessing,
    "ModelEvaluation": _evaluation,
    "PushedModel": _pushed,
}
