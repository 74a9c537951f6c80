"""Hands user code to the executors of a local run, without pip for each of them.

TFX packs the folder of a module file as a wheel, and its executors install that
by pip each time they look for a function: three times in Transform, 0.7 s each.
Here it is unpacked once. The wheel's name, with the digest of all modules in it,
stays a property of the node, so that the cache sees a change of any of them.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

_MODULE_PATH = "module_path"
_WHEEL = "user_code_wheel"


def unpack(node: Any) -> None:
    """Makes the user code of `node`, if it has any, importable by its plain name.

    It goes to the end of the path, as TFX's own installation does, and to that of
    child processes, in which Beam's workers may be.
    """
    path = node.exec_properties.get(_MODULE_PATH)
    if not isinstance(path, str) or "@" not in path:
        return
    module, wheel = path.split("@", 1)
    folder = _unpacked(Path(wheel))
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
        before = filter(None, [os.environ.get("PYTHONPATH")])
        os.environ["PYTHONPATH"] = os.pathsep.join([*before, str(folder)])
    node.exec_properties[_MODULE_PATH] = module
    node.exec_properties[_WHEEL] = Path(wheel).name


def _unpacked(wheel: Path) -> Path:
    """The folder with what the wheel holds; its name has the wheel's digest."""
    folder = wheel.with_suffix("")
    if not folder.is_dir():
        part = Path(tempfile.mkdtemp(dir=wheel.parent))
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(part)
        try:
            part.rename(folder)
        except OSError:  # Another process was first.
            shutil.rmtree(part)
    return folder
