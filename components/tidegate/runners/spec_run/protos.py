"""KFP's protocol buffers, loaded without the rest of kfp.

`import kfp` takes seconds, and the generated module needs nothing of it. It is
loaded by the place where its distribution has put it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from functools import lru_cache
from types import ModuleType
from typing import Any

from tidegate.errors import ComponentError

DISTRIBUTION = "kfp-pipeline-spec"
_FILE = "kfp/pipeline_spec/pipeline_spec_pb2.py"


@lru_cache(maxsize=1)
def pipeline_spec() -> Any:
    """The module `pipeline_spec_pb2` of the installed kfp-pipeline-spec.

    Raises:
        ComponentError: It is not installed.
    """
    try:
        path = importlib.metadata.distribution(DISTRIBUTION).locate_file(_FILE)
    except importlib.metadata.PackageNotFoundError:
        raise ComponentError(
            "the definitions of KFP's pipeline specs are missing",
            expected=f"the package {DISTRIBUTION}",
            fix="install tidegate with its dependencies: make setup",
        ) from None
    found = importlib.util.spec_from_file_location("_tidegate_pipeline_spec", str(path))
    assert found is not None
    assert found.loader is not None
    module: ModuleType = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def version() -> str:
    """Version of the installed definitions, for messages."""
    return importlib.metadata.version(DISTRIBUTION)


def has_field(message: Any, name: str) -> bool:
    """True where this version of the definitions knows the field and it is set.

    Fields have come and gone between the versions in use; one that is unknown here
    cannot be in a message that was read strictly.
    """
    if name not in message.DESCRIPTOR.fields_by_name:
        return False
    field = message.DESCRIPTOR.fields_by_name[name]
    value = getattr(message, name)
    if field.message_type is None:
        return bool(value)
    try:
        return bool(message.HasField(name))
    except ValueError:  # A repeated field or a map.
        return bool(len(value))
