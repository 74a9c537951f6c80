"""The messages of TFMA's result files, without TFMA and without TensorFlow.

TFMA's package imports TensorFlow and Beam, which takes seconds. The definitions of
its messages stand, serialized, in the modules that protoc made of them; they are
read out of those files as text, not imported, into a pool of their own. So nothing
of TFMA's is registered twice, should TFMA itself be imported later.
"""

from __future__ import annotations

import ast
import importlib.util
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pool, message_factory, wrappers_pb2

from tidegate.errors import InfrastructureError
from tidegate.stack import messages_come_from_a_factory

_PACKAGE = "tensorflow_model_analysis"
# In this order: each needs those before it.
_FILES = ("config", "metrics_for_slice", "validation_result")
_REGISTERED_BY = "AddSerializedFile"


def message(name: str) -> Any:
    """A new message of TFMA's, such as "EvalRun".

    Raises:
        InfrastructureError: TFMA is not installed.
    """
    return _message_class(name)()


@cache
def _message_class(name: str) -> Any:
    described = _pool().FindMessageTypeByName(f"{_PACKAGE}.{name}")
    if messages_come_from_a_factory():
        return message_factory.MessageFactory(_pool()).GetPrototype(described)
    return message_factory.GetMessageClass(described)


@lru_cache(maxsize=1)
def _pool() -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    folder = _folder()
    for name in _FILES:
        pool.AddSerializedFile(_definition(folder / f"{name}_pb2.py"))
    return pool


def _folder() -> Path:
    # Finding a package does not import it.
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "proto"
        if all((folder / f"{name}_pb2.py").is_file() for name in _FILES):
            return folder
    raise InfrastructureError(
        "TFMA's messages are not on this machine",
        where="the Python in use",
        expected=f"{_PACKAGE}/proto/{_FILES[0]}_pb2.py",
        got="none",
        fix="tidegate doctor shows what is missing",
    )


def _definition(path: Path) -> bytes:
    """The serialized definition in a module that protoc made."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        first = node.args[0] if node.args else None
        held = first.value if isinstance(first, ast.Constant) else None
        if node.func.attr == _REGISTERED_BY and isinstance(held, bytes):
            return held
    raise InfrastructureError(
        "TFMA's messages are in no form that is known here",
        where=str(path),
        expected=f"{_REGISTERED_BY}(b'…'), as protoc writes it since 3.20",
        got="nothing like it",
        fix="install a version of TFMA that Tidegate is tested with",
    )
