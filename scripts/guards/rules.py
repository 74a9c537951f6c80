"""The rules of the house, one function each; it yields what breaks the rule.

Every message names the file and what to add or remove.
"""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path("components", "tidegate")

# What reads, judges or reports, and so must load in an instant. A name that ends
# in "/" is a folder; the modules in it that face TFX or TFMA are left out.
PURE = (
    "__init__.py",
    "cli/",
    "columnar/",
    "config.py",
    "document_faults.py",
    "documents.py",
    "data_tests/",
    "doctor.py",
    "drift_tests/",
    "errors.py",
    "evaluation/",
    "explain/",
    "explainer/",
    "gate/",
    "infra_tests/",
    "ledger/",
    "lineage/",
    "model_card_gen/",
    "model_tests/",
    "pipeline_folder.py",
    "places/",
    "pusher/",
    "report/",
    "saved_model/",
    "span_pusher/",
    "stack.py",
    "testing/",
)
TFX_FACES = frozenset(
    {
        "component.py",
        "executor.py",
        "on_beam.py",
        "placement.py",
        "spec.py",
        "tfma_results.py",
    }
)
HEAVY = frozenset(
    {
        "apache_beam",
        "keras",
        "kfp",
        "tensorflow",
        "tensorflow_data_validation",
        "tensorflow_model_analysis",
        "tensorflow_transform",
        "tfx",
    }
)
TARGET = re.compile(r"^([a-z][a-z0-9-]*):", re.MULTILINE)
# "make test-stack STACK=…": the words after make.
CALL = re.compile(r"\bmake((?:[ \t]+(?:-\S+|[A-Z_]+=\S*|[a-z][a-z0-9-]*))+)")
# Cloud Build's files are checked by `make cloudbuild-check`, with their lines.
CALLERS = (".ci/run", "kubeflow/Dockerfile", ".github/workflows/*.yml")


def component_folders(root: Path) -> list[Path]:
    """The folders that hold a component."""
    return sorted(path.parent for path in (root / PACKAGE).glob("*/component.py"))


def components_have_tests(root: Path) -> Iterator[str]:
    """Every component has tests in the folder that mirrors its own."""
    for folder in component_folders(root):
        mirror = root / "tests" / folder.name
        if not any(mirror.glob("test_*.py")):
            yield f"{folder.relative_to(root)}: add tests/{folder.name}/test_*.py"


def components_are_in_the_readme(root: Path) -> Iterator[str]:
    """Every component's class is named in README.md."""
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    for folder in component_folders(root):
        name = "".join(part.capitalize() for part in folder.name.split("_"))
        if not re.search(rf"\b{name}\b", text):
            yield f"README.md: add a line about {name} ({folder.name}/)"


def kubeflow_is_no_package(root: Path) -> Iterator[str]:
    """kubeflow/ has no __init__.py: a package on the index has that name."""
    for path in sorted((root / "kubeflow").rglob("__init__.py")):
        yield f"{path.relative_to(root)}: remove it; kubeflow/ holds deployment only"


def source_root_is_no_package(root: Path) -> Iterator[str]:
    """components/ is a source root, not a package."""
    path = root / "components" / "__init__.py"
    if path.exists():
        yield f"{path.relative_to(root)}: remove it; imports are tidegate.…"


def called_targets_exist(root: Path) -> Iterator[str]:
    """Every make target that CI, GitHub's workflows and the image call is there."""
    makefile = root / "Makefile"
    targets = set(TARGET.findall(makefile.read_text(encoding="utf-8")))
    for path in sorted(path for name in CALLERS for path in root.glob(name)):
        name = path.relative_to(root).as_posix()
        for target in called(path.read_text(encoding="utf-8")):
            if target not in targets:
                yield f"{name}: calls `make {target}`, which the Makefile has not"


def called(text: str) -> set[str]:
    """The make targets that a script or a workflow calls."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return {
        word
        for call in CALL.findall("\n".join(lines))
        for word in call.split()
        if not word.startswith("-") and "=" not in word
    }


def targets_have_help(root: Path) -> Iterator[str]:
    """Every make target says in `make help` what it does."""
    for line in (root / "Makefile").read_text(encoding="utf-8").splitlines():
        if TARGET.match(line) and "## " not in line:
            yield f"Makefile: add `## what it does` to {line.split(':')[0]}"


def pure_modules_stay_light(root: Path) -> Iterator[str]:
    """What reads, judges and reports imports no TensorFlow, TFX or Beam."""
    for path in pure_modules(root):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, name in imports(tree):
            if name.split(".")[0] in HEAVY:
                where = f"{path.relative_to(root)}:{line}"
                yield f"{where}: remove `import {name}`; it takes seconds to load"


def pure_modules(root: Path) -> Iterator[Path]:
    """The modules that must load in an instant."""
    package = root / PACKAGE
    for name in PURE:
        path = package / name
        if path.is_file():
            yield path
        for module in sorted(path.rglob("*.py")) if name.endswith("/") else ():
            if module.name not in TFX_FACES and "templates" not in module.parts:
                yield module


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every import that runs when the module is loaded."""
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
        elif isinstance(node, ast.If):
            # `if TYPE_CHECKING:` never runs; what else branches may.
            todo += [] if "TYPE_CHECKING" in ast.unparse(node.test) else node.body
            todo += node.orelse
        elif isinstance(node, ast.Try):
            todo += [*node.body, *node.orelse, *node.finalbody]
            todo += [line for handler in node.handlers for line in handler.body]
        elif isinstance(node, (ast.With, ast.ClassDef)):
            todo += node.body


def wheel_has_one_package(wheel: Path) -> Iterator[str]:
    """A wheel installs one top-level name, tidegate, with its py.typed."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    extra = {top for top in tops if not top.endswith(".dist-info")} - {"tidegate"}
    for top in sorted(extra):
        yield f"{wheel.name}: remove the top-level {top!r} (setup.py, packages)"
    if "tidegate/__init__.py" not in names:
        yield f"{wheel.name}: has no package tidegate (setup.py, package_dir)"
    if "tidegate/py.typed" not in names:
        yield f"{wheel.name}: add tidegate/py.typed (setup.py, package_data)"


TREE_RULES = (
    components_have_tests,
    components_are_in_the_readme,
    kubeflow_is_no_package,
    source_root_is_no_package,
    called_targets_exist,
    targets_have_help,
    pure_modules_stay_light,
)
