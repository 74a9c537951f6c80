"""What keeps known advisories from doing harm: facts that SECURITY.md rests on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from google.protobuf.internal import api_implementation

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("components", "pipelines")

# Each has a known advisory in a version that TFX 1.16 or Beam 2.59 pins.
NEVER_IMPORTED = (
    "IPython",
    "apache_beam.yaml",
    "httplib2",
    "js2py",
    "requests",
    "urllib3",
)
# What reads HDF5 or .keras files, unpacks archives, or opens pickles of others.
NEVER_CALLED = (
    "extract_archive",
    "get_file",
    "h5py",
    "load_model",
    "load_weights",
    "model_from_json",
    "read_pickle",
)


@cache
def words() -> dict[Path, tuple[frozenset[str], frozenset[str]]]:
    """What every module that is shipped or shown imports, and what it calls."""
    paths = [path for name in SHIPPED for path in (ROOT / name).rglob("*.py")]
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(paths)}
    return {
        path: (frozenset(imported(tree)), frozenset(called(tree)))
        for path, tree in trees.items()
    }


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            of = node.func
            if isinstance(of, ast.Attribute):
                yield of.attr
            elif isinstance(of, ast.Name):
                yield of.id


@pytest.mark.parametrize("package", NEVER_IMPORTED)
def test_package_with_an_advisory_is_never_imported(package: str) -> None:
    found = [
        path
        for path, (names, _) in words().items()
        if any(f"{name}.".startswith(f"{package}.") for name in names)
    ]
    assert found == []


@pytest.mark.parametrize("name", NEVER_CALLED)
def test_function_with_an_advisory_is_never_called(name: str) -> None:
    assert [path for path, (_, calls) in words().items() if name in calls] == []


def test_every_shipped_module_is_looked_at() -> None:
    assert len(words()) > 300
    assert any("pyarrow_hotfix" in names for names, _ in words().values())


def test_these_tests_would_see_an_import_and_a_call() -> None:
    tree = ast.parse("import urllib3.util\nkeras.utils.get_file('x')\n")
    assert "urllib3.util" in list(imported(tree))
    assert "get_file" in list(called(tree))


def test_messages_are_parsed_by_compiled_code() -> None:
    assert api_implementation.Type() != "python"


def test_no_field_of_a_pipeline_spec_is_an_any() -> None:
    from kfp.pipeline_spec import pipeline_spec_pb2

    waiting, seen = [pipeline_spec_pb2.PipelineSpec.DESCRIPTOR], set[str]()
    while waiting:
        message = waiting.pop()
        if message.full_name not in seen:
            seen.add(message.full_name)
            waiting += [one.message_type for one in message.fields if one.message_type]
    assert "ml_pipelines.PipelineTaskSpec" in seen
    assert "google.protobuf.Any" not in seen
