from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Test files here share transform_trial.py; a package of their own named "tests"
# would lose to one that some distribution installs under that name.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def _nothing_packed() -> Iterator[None]:
    """Keeps the stock executor from packing TFX for workers there are none of."""
    from tfx.utils import dependency_utils

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dependency_utils, "make_beam_dependency_flags", list)
        yield
