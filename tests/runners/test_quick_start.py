"""A late module is loaded at its first use, and the process ends as ever."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from tidegate.runners import quick_start

ENDING = """
import atexit, threading, time
from tidegate.runners.quick_start import end_process
atexit.register(lambda: print("called"))
threading.Thread(target=lambda: (time.sleep(0.2), print("waited"))).start()
print("ran", end="")
end_process(3)
"""


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose module `later` is late; it notes when it is loaded."""
    package = tmp_path / "late_package"
    package.mkdir()
    (package / "__init__.py").write_text("from late_package import later\n")
    note = tmp_path / "loaded"
    (package / "later.py").write_text(
        f"from pathlib import Path\nPath({str(note)!r}).touch()\nVALUE = 7\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(quick_start, "_LATE", ("late_package.later",))
    for name in ("late_package", "late_package.later"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return str(note)


def test_a_late_module_is_loaded_at_its_first_use(late: str) -> None:
    with quick_start.quick_imports():
        import late_package  # type: ignore[import-not-found]
    assert not Path(late).exists()
    assert late_package.later.VALUE == 7
    assert Path(late).exists()


def failing_import(collecting: list[bool]) -> None:
    with quick_start.quick_imports():
        collecting.append(gc.isenabled())
        raise ImportError("no such module")


@pytest.mark.parametrize("collected", [True, False])
def test_garbage_is_collected_as_before_afterwards_even_if_an_import_fails(
    collected: bool,
) -> None:
    before = list(sys.meta_path)
    collecting: list[bool] = []
    (gc.enable if collected else gc.disable)()
    try:
        with pytest.raises(ImportError):
            failing_import(collecting)
        assert collecting == [False]
        assert gc.isenabled() == collected
    finally:
        gc.disable()  # As it is between tests.
        gc.unfreeze()
    assert sys.meta_path == before


def test_the_end_waits_for_threads_and_calls_who_asked_to_be() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stdout.replace("\n", " ").split() == ["ranwaited", "called"]


def test_local_runs_do_not_load_the_client_of_a_cloud() -> None:
    code = (
        "import sys\n"
        "from tidegate.runners.quick_start import quick_imports\n"
        "with quick_imports():\n"
        "    from tfx import v1 as tfx\n"
        "tfx.components.Trainer\n"
        "print('google.cloud.aiplatform' in sys.modules)\n"
        "print(tfx.extensions.google_cloud_big_query.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "tfx.v1.extensions.google_cloud_big_query"]
