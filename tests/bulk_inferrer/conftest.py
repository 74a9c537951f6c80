from __future__ import annotations

from pathlib import Path

import pytest
from tests.bulk_inferrer.bulk_trial import model_of_all_kinds, simple_model


@pytest.fixture(scope="session")
def simple(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a model of one feature."""
    return simple_model(tmp_path_factory.mktemp("simple"))


@pytest.fixture(scope="session")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a model that takes named features."""
    return simple_model(tmp_path_factory.mktemp("named"), takes_records=False)


@pytest.fixture(scope="session")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a model with outputs of all kinds."""
    return model_of_all_kinds(tmp_path_factory.mktemp("kinds"))
