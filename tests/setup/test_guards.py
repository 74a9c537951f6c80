"""Every guard sees what it is there for, and is silent otherwise."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from guards import rules

GOOD = {
    "README.md": "`DataTests` writes a report.\n",
    "Makefile": "test: lint ## Run all tests\n\t@true\nlint: ## Look for faults\n",
    ".ci/run": "#!/bin/bash\nmake test\nmake -s lint\n",
    ".github/workflows/checks.yml": "steps:\n  - run: make lint test STACK=x\n",
    "kubeflow/Dockerfile": "RUN echo makes nothing\n",
    "components/tidegate/__init__.py": "",
    "components/tidegate/data_tests/component.py": "from tfx import v1\n",
    "components/tidegate/data_tests/verdicts.py": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import tfx\n"
        "def late() -> None:\n    import tensorflow\n"
    ),
    "tests/data_tests/test_verdicts.py": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A made-up checkout that breaks no rule."""
    for name, text in GOOD.items():
        write(tmp_path, name, text)
    return tmp_path


def write(tree: Path, name: str, text: str) -> None:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def faults(tree: Path) -> list[str]:
    return [fault for rule in rules.TREE_RULES for fault in rule(tree)]


def test_good_tree_has_no_faults(tree: Path) -> None:
    assert faults(tree) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("README.md", "nothing", "add a line about DataTests"),
        ("components/__init__.py", "", "components/__init__.py: remove it"),
        ("kubeflow/jobs/__init__.py", "", "kubeflow/jobs/__init__.py: remove it"),
        ("components/tidegate/new/component.py", "", "add tests/new/test_*.py"),
        (".ci/run", "if make demo; then", ".ci/run: calls `make demo`"),
        (".ci/run", "make -j2 test-stack STACK=x", "calls `make test-stack`"),
        ("kubeflow/Dockerfile", "RUN make image", "calls `make image`"),
        (".github/workflows/a.yml", "- run: make types X=1", "calls `make types`"),
        ("Makefile", "test: lint\nlint: ## Look\n", "`## what it does` to test"),
        (
            "components/tidegate/report/page.py",
            "import json\nimport tensorflow as tf\n",
            "report/page.py:2: remove `import tensorflow`",
        ),
        (
            "components/tidegate/columnar/reader.py",
            "try:\n    from apache_beam.io import gcp\nexcept OSError:\n    gcp = 0",
            "columnar/reader.py:2: remove `import apache_beam.io`",
        ),
        ("components/tidegate/config.py", "import tfx.v1\n", "config.py:1: remove"),
    ],
)
def test_broken_rule_is_seen(tree: Path, name: str, text: str, fault: str) -> None:
    write(tree, name, text)
    found = faults(tree)
    assert any(fault in each for each in found), found
    assert len(found) <= 2  # A new component lacks tests and a line.


def test_component_without_tests_is_seen(tree: Path) -> None:
    (tree / "tests/data_tests/test_verdicts.py").unlink()
    assert faults(tree) == [
        "components/tidegate/data_tests: add tests/data_tests/test_*.py"
    ]


def wheel(folder: Path, *names: str) -> Path:
    path = folder / "tidegate-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("tidegate-1.dist-info/METADATA", *names):
            archive.writestr(name, "")
    return path


def test_wheel_with_one_package_is_well(tmp_path: Path) -> None:
    good = wheel(tmp_path, "tidegate/__init__.py", "tidegate/py.typed")
    assert list(rules.wheel_has_one_package(good)) == []


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (("tidegate/__init__.py", "tidegate/py.typed", "kubeflow/a.py"), "'kubeflow'"),
        (("tidegate/py.typed",), "no package tidegate"),
        (("tidegate/__init__.py",), "add tidegate/py.typed"),
    ],
)
def test_wheel_that_breaks_a_rule_is_seen(
    tmp_path: Path, names: tuple[str, ...], fault: str
) -> None:
    (found,) = rules.wheel_has_one_package(wheel(tmp_path, *names))
    assert fault in found
