"""Models and examples that several tests explain, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

# TensorFlow is imported in the fixtures, for half of the tests need none.


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model with known weights, as a Model artifact."""
    from tests.explain.known_models import write_known

    folder = tmp_path_factory.mktemp("model")
    write_known(folder / "Format-Serving")
    return folder


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Examples artifact of 800 rows, the last of which weighs nothing."""
    from tests.explain.known_models import rows, write_examples

    return write_examples(tmp_path_factory.mktemp("examples"), rows(800))


@pytest.fixture(scope="session")
def files(examples: Path) -> list[Path]:
    """The files of its split."""
    return sorted((examples / "Split-eval").iterdir())
