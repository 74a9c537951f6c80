"""The engine is the one that was asked for, or else the one that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.config import PipelineConfig
from tidegate.errors import Problems, UsageError
from tidegate.runners import beam_args, engine

ROOMY = engine.Machine(cores=2, memory=8 * 2**30, disk=10**12)


@pytest.mark.parametrize(
    ("size", "machine", "chosen", "words"),
    [
        (35_000_000, ROOMY, "columnar", "35 MB of data fit"),
        (
            10**9,
            engine.Machine(cores=2, memory=2**30, disk=10**12),
            "beam",
            "2 GB of memory, 1 GB are free",
        ),
        (
            10**9,
            engine.Machine(cores=2, memory=None, disk=3 * 10**9),
            "beam",
            "4 GB of disk, 3 GB are free",
        ),
        (10**11, ROOMY, "beam", "14 hours on 2 cores"),
        (
            10**11,
            engine.Machine(cores=32, memory=None, disk=10**12),
            "columnar",
            "100 GB of data fit",
        ),
    ],
)
def test_the_engine_is_the_one_that_fits_the_machine(
    size: int, machine: engine.Machine, chosen: str, words: str
) -> None:
    choice = engine.fitting(size, machine)
    assert choice.engine == chosen
    assert words in choice.reason


@pytest.mark.parametrize("wanted", ["columnar", "beam"])
def test_an_engine_that_was_asked_for_is_taken_without_a_look(wanted: str) -> None:
    config = PipelineConfig.model_validate(
        {"name": "toy", "data": "nowhere.csv", "engine": wanted}
    )
    assert engine.choose(config) == engine.Choice(config.component_engine, "asked for")
    assert config.component_engine == wanted


def test_data_elsewhere_have_no_known_size() -> None:
    config = PipelineConfig(name="toy", data="gs://bucket/a.csv")
    assert engine.choose(config).reason == "the size of the data is not known here"


def test_packed_files_count_as_what_they_hold(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv.gz", "c.PARQUET"):
        (tmp_path / name).write_bytes(b"x" * 100)
    assert engine.text_bytes(sorted(tmp_path.iterdir())) == 100 + 600 + 600


def test_a_real_file_on_this_machine_is_columnar(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text("a\n1\n")
    config = PipelineConfig(name="toy", data=str(data), output=tmp_path / "new" / "out")
    assert engine.choose(config).engine == "columnar"


def test_beam_args_pass_as_they_are() -> None:
    given = ["--direct_running_mode=multi_processing", "--streaming"]
    assert beam_args.checked(given) == tuple(given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("direct_num_workers=2", "two hyphens"),
        ("--", "two hyphens"),
        ("--runner=DirectRunner", "may download one"),
        ("--runner=apache_beam.runners.direct.DirectRunner", "may download one"),
    ],
)
def test_beam_args_that_cannot_be_meant_are_refused(given: str, words: str) -> None:
    with pytest.raises((UsageError, Problems), match=words):
        beam_args.checked([given])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("--direct_num_workers=x", "invalid int value"),
        ("--direct_running_mode=nope", "invalid choice"),
        ("--direct_num_worker_s=2", "does not know direct_num_worker_s"),
        ("--runner=NopeRunner", "Unexpected pipeline runner"),
        ("--runner=no.such.Runner", "No module named"),
    ],
)
def test_beam_args_that_beam_cannot_use_are_refused(given: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        beam_args.demand_understood([given])
    assert words in str(caught.value.got)
    assert caught.value.fix


def test_arguments_of_another_runner_are_left_to_it() -> None:
    beam_args.demand_understood(["--runner=FlinkRunner", "--some_flink_thing=4"])
