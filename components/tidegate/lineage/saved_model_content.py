"""What a SavedModel says, apart from its bytes: what it computes, and with what.

TensorFlow is not imported, only its protos are (0.03 s instead of 10), which
takes a stand-in for the package. That would be in the way of whoever imports
TensorFlow later, so it is done in a child process, unless TensorFlow is here.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tidegate.lineage.file_digests import digest_of_lines, joined
from tidegate.lineage.graph_content import graph_digest
from tidegate.lineage.tensor_bundle import Variable, read_variables

GRAPH = "saved_model.pb"
VARIABLES = "variables/variables"
_SECONDS = 300.0


def content_of(model: Path, roots: Sequence[str]) -> dict[str, str]:
    """A digest of the graph, and of each variable, of the SavedModel in a folder.

    Returns:
        The graph by `graph`, variables by `variable <name>`; empty where the files
        cannot be read as a SavedModel.
    """
    if hasattr(sys.modules.get("tensorflow"), "__version__"):
        return read(model, roots)
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(model), *roots],
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        return {}
    found: dict[str, str] = json.loads(done.stdout)
    return found


def read(model: Path, roots: Sequence[str]) -> dict[str, str]:
    """As `content_of`, in this process, with the protos that are importable."""
    from tensorflow.core.protobuf import saved_model_pb2

    try:
        saved = saved_model_pb2.SavedModel.FromString((model / GRAPH).read_bytes())
        digests = sorted(
            f"{sorted(one.meta_info_def.tags)} {graph_digest(one, roots)}"
            for one in saved.meta_graphs
        )
        held = variables_of(model)
    except Exception:  # Protobuf raises errors of its own on other files.
        return {}
    return {
        "graph": digest_of_lines(digests),
        **{f"variable {name}": one.digest for name, one in held.items()},
    }


def variables_of(model: Path) -> dict[str, Variable]:
    """The variables of a SavedModel; none where it has no file for them.

    Raises:
        ValueError: The files are not such.
        OSError: They cannot be read.
    """
    from tensorflow.core.protobuf import tensor_bundle_pb2 as protos

    if not (model / f"{VARIABLES}.index").is_file():
        return {}
    return read_variables(
        model / VARIABLES, protos.BundleEntryProto, protos.BundleHeaderProto
    )


def variables_digest(content: dict[str, str]) -> str:
    """One digest over the variables of what `content_of` gave."""
    return joined({k: one for k, one in content.items() if k.startswith("variable ")})


def _stand_in(name: str, folder: str) -> None:
    """Lets modules below a package be imported without the package itself."""
    module: Any = ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module


def main(model: str, *roots: str) -> None:
    """Prints what `content_of` gives, as JSON."""
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("there is no TensorFlow here, nor its protos")
    folder = next(iter(spec.submodule_search_locations))
    _stand_in("tensorflow", folder)
    _stand_in("tensorflow.core", f"{folder}/core")
    print(json.dumps(read(Path(model), roots)))


if __name__ == "__main__":
    main(*sys.argv[1:])
