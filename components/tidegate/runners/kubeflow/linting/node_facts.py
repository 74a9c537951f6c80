"""What rules ask of a node, without importing TFX: by the names of its classes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Nodes:
    """The nodes of a pipeline, as rules look at them.

    Attributes:
        nodes: TFX nodes.
        project: Folder of the project, of which the image has a copy.
    """

    nodes: tuple[Any, ...]
    project: Path | None

    def components(self) -> Iterator[tuple[str, Any]]:
        """Id and node of each."""
        return ((str(node.id), node) for node in self.nodes)

    def properties(self) -> Iterator[tuple[str, str, Any]]:
        """(id, property, value) of all execution properties that are given."""
        for name, node in self.components():
            if is_a(node, RESOLVER):
                continue
            for key, value in (getattr(node, "exec_properties", None) or {}).items():
                if value is not None:
                    yield name, key, value


RESOLVER = "tfx.dsl.components.common.resolver.Resolver"
IMPORTER = "tfx.dsl.components.common.importer.Importer"
MANUAL = "tfx.dsl.components.common.manual_node.ManualNode"
PIPELINE = "tfx.orchestration.pipeline.Pipeline"
INFRA_VALIDATOR = "tfx.components.infra_validator.component.InfraValidator"
FILE_BASED = "tfx.components.example_gen.component.FileBasedExampleGen"
PLACEHOLDER = "tfx.dsl.placeholder.placeholder_base.Placeholder"
BASE_PLACEHOLDER = "tfx.dsl.placeholder.artifact_placeholder.ArtifactPlaceholder"
RUNTIME_PARAMETER = "tfx.orchestration.data_types.RuntimeParameter"
CLASS_SPEC = "tfx.dsl.components.base.executor_spec.ExecutorClassSpec"
CONTAINER_SPEC = (
    "tfx.dsl.component.experimental.executor_specs.TemplatedExecutorContainerSpec"
)


def is_a(value: Any, *names: str) -> bool:
    """Whether a value is of a class with one of these full names."""
    return any(full_name(one) in names for one in type(value).__mro__)


def full_name(kind: Any) -> str:
    """Module and name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def is_importable(kind: Any) -> bool:
    """Whether another process can import a class by its full name."""
    module = str(getattr(kind, "__module__", ""))
    name = str(getattr(kind, "__qualname__", ""))
    if module == "__main__" or "<locals>" in name:
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is not None


def executor_class(node: Any) -> Any:
    """Class of a node's executor; None where it has none."""
    spec = getattr(node, "executor_spec", None)
    # A guarded spec checks its place when asked; the class is beside it.
    kind = getattr(spec, "_executor_class", None)
    return kind if kind is not None else getattr(spec, "executor_class", None)


def conditions(node: Any) -> int:
    """How many conditions of `tfx.dsl.Cond` a node stands under."""
    registry = sys.modules.get("tfx.dsl.context_managers.dsl_context_registry")
    if registry is None:
        return 0
    try:
        contexts = registry.get().get_contexts(node)
    except (ValueError, KeyError, LookupError):
        return 0
    return sum(type(one).__name__ == "CondContext" for one in contexts)


def module_file(kind: Any) -> Path | None:
    """The file in which a class is defined."""
    module = sys.modules.get(str(getattr(kind, "__module__", "")))
    file = getattr(module, "__file__", None)
    return Path(file) if file else None
