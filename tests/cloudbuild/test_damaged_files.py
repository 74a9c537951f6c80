"""Whatever a file holds, its check ends with faults, never with a traceback."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cloudbuild.checkouts import FILES, SHORT, TERRAFORM, write_checkout

from cloudbuild.checking import check

DAMAGE: list[Any] = [
    None, "", "$", "${", "$$", "${A", "${_X:-${_Y}}", "\0", "x" * 5000, "-", "../..",
    0, -1, 1.5, True, [], {}, [[]], [None], {"": ""}, {"a": [1]}, "^(", "=",
    "99999999s",
]  # fmt: skip
YAML_FILES = [name for name in SHORT.values() if name.endswith(".yaml")]


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs if isinstance(value, (dict, list)) else ():
        yield (*at, key)
        yield from paths(inner, (*at, key)) if isinstance(inner, (dict, list)) else ()


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """The name of a file and its text with one value damaged."""
    name = draw(st.sampled_from(YAML_FILES))
    data = yaml.safe_load(FILES[name])
    *above, last = draw(st.sampled_from(list(paths(data))))
    inner = data
    for key in above:
        inner = inner[key]
    inner[last] = copy.deepcopy(draw(st.sampled_from(DAMAGE)))
    return name, yaml.safe_dump(data)


@settings(deadline=None, max_examples=80)
@given(damaged())
def test_damaged_value_ends_with_faults(change: tuple[str, str]) -> None:
    name, text = change
    with tempfile.TemporaryDirectory() as folder:
        root = write_checkout(Path(folder))
        (root / SHORT["terraform"]).unlink()
        (root / name).write_text(text, encoding="utf-8")
        for fault in check(root):
            assert fault.line >= 1
            assert fault.message
            assert fault.fix


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, len(TERRAFORM)),
    st.integers(0, 60),
    st.text('{}"[]=#$%\n a', max_size=3),
)
def test_damaged_terraform_ends_with_faults(start: int, cut: int, put: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kubeflow/cloudbuild/terraform/main.tf"
        path.parent.mkdir(parents=True)
        path.write_text(TERRAFORM[:start] + put + TERRAFORM[start + cut :])
        for fault in check(Path(folder)):
            assert 1 <= fault.line <= TERRAFORM.count("\n") + 3
