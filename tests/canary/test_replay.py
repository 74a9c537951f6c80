"""Rows, labels and answers, by models that are plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.canary.replayed import records, write_examples

from tidegate.canary.replay import Question, request_ms, scored
from tidegate.canary.sampling import files_of, sample
from tidegate.canary.standing import standing
from tidegate.columnar import tf_example
from tidegate.columnar.tf_record import write_records
from tidegate.errors import ComponentError, TidegateError, UsageError
from tidegate.ledger.events import CanaryShare, Event, PushedModel


class Answers:
    """A model that answers what it is told to."""

    def __init__(self, **outputs: Callable[[int], Any]) -> None:
        self.outputs = tuple(sorted(outputs))
        self._outputs = outputs
        self.calls: list[int] = []

    def predict(self, records: Sequence[bytes]) -> dict[str, Any]:
        self.calls.append(len(records))
        return {
            name: np.asarray(answer(len(records)))
            for name, answer in self._outputs.items()
        }


def constant(value: float) -> Callable[[int], Any]:
    """One number a row, in a column of its own as Keras gives it."""
    return lambda rows: np.full((rows, 1), value, np.float32)


def rows_of(**columns: Any) -> list[bytes]:
    """Rows as tf.Examples; None is no value."""
    return tf_example.records(tf_example.encode(pa.RecordBatch.from_pydict(columns)))


CANDIDATE, CHAMPION = Answers(p=constant(0.25)), Answers(p=constant(0.75))


def table(
    rows: list[bytes], question: Question, transform: Answers | None = None, **more: Any
) -> pa.Table:
    """All scored rows."""
    models = {"candidate": CANDIDATE, "champion": CHAMPION, **more}
    found = scored(rows, question, transform=transform, **models)
    return pa.concat_tables(found)


def test_both_answer_the_same_rows() -> None:
    found = table(rows_of(y=[0, 1, 1]), Question("y"))
    assert found.to_pydict() == {
        "label": [0.0, 1.0, 1.0],
        "weight": [1.0, 1.0, 1.0],
        "prediction": [0.25] * 3,
        "champion": [0.75] * 3,
    }


def test_label_and_weight_may_be_what_the_model_makes_of_the_rows() -> None:
    made = Answers(late=constant(1), weight=constant(2))
    found = table(rows_of(y=[0, 0]), Question("late", "weight"), made)
    assert found["label"].to_pylist() == [1.0, 1.0]
    assert found["weight"].to_pylist() == [2.0, 2.0]


def test_what_the_model_makes_goes_before_a_feature_of_that_name() -> None:
    made = Answers(y=constant(1))
    found = table(rows_of(y=[0, 0], w=[3.0, 4.0]), Question("y", "w"), made)
    assert found["label"].to_pylist() == [1.0, 1.0]
    assert found["weight"].to_pylist() == [3.0, 4.0]


def test_a_row_without_a_label_does_not_count() -> None:
    found = table(rows_of(y=[1, None, 0], w=[2.0, 2.0, 2.0]), Question("y", "w"))
    assert found["weight"].to_pylist() == [2.0, 0.0, 2.0]
    assert found["label"].to_pylist() == [1.0, 0.0, 0.0]


def test_many_rows_are_replayed_in_batches_and_in_order() -> None:
    values = [float(number % 7) for number in range(2500)]
    model = Answers(p=constant(0.5))
    found = table(rows_of(y=values), Question("y"), candidate=model)
    assert found["label"].to_pylist() == values
    assert model.calls == [1024, 1024, 452]


def test_slices_are_text() -> None:
    rows = rows_of(
        y=[0, 1, 1], c=["AA", None, "UA"], n=[1, 2, 3], many=[["b", "a"], [], ["c"]]
    )
    found = table(rows, Question("y", slices=("c", "n", "many", "none")))
    assert found["slice.c"].to_pylist() == ["AA", None, "UA"]
    assert found["slice.n"].to_pylist() == ["1", "2", "3"]
    assert found["slice.many"].to_pylist() == ["b", None, "c"]
    assert found["slice.none"].to_pylist() == [None, None, None]


def test_one_of_several_outputs_is_named() -> None:
    two = Answers(p=constant(0.25), q=constant(0.5))
    question = Question("y", output="q")
    found = table(rows_of(y=[1]), question, candidate=two, champion=two)
    assert found["prediction"].to_pylist() == [0.5]
    with pytest.raises(UsageError, match="which output of the canary"):
        table(rows_of(y=[1]), Question("y"), candidate=two)


@pytest.mark.parametrize(
    ("question", "more", "error", "said"),
    [
        (Question("z"), {}, UsageError, "no 'z'"),
        (Question("y", "z"), {}, UsageError, "no 'z'"),
        (Question("t"), {}, UsageError, "'t' is not one number"),
        (Question("y", output="x"), {}, UsageError, "which output of the canary"),
        (
            Question("y"),
            {"champion": Answers(p=lambda rows: np.ones((rows, 2)))},
            ComponentError,
            "the champion's 'p' is not one number",
        ),
        (
            Question("y"),
            {"candidate": Answers(p=lambda rows: np.array([b"x"] * rows))},
            ComponentError,
            "the canary's 'p' is not one number",
        ),
    ],
)
def test_what_cannot_be_judged_is_told(
    question: Question, more: dict[str, Any], error: type[TidegateError], said: str
) -> None:
    with pytest.raises(error, match=said):
        table(rows_of(y=[1, 0], t=["a", "b"]), question, **more)


def test_single_requests_are_timed_after_some_to_warm_up() -> None:
    one, two = Answers(p=constant(1)), Answers(p=constant(1))
    found = request_ms({"one": one, "two": two}, [b"x"] * 70)
    assert {name: len(times) for name, times in found.items()} == {"one": 50, "two": 50}
    assert one.calls == [1] * 60
    assert all(time >= 0 for time in found["one"])


def test_few_rows_are_all_timed() -> None:
    found = request_ms({"one": Answers(p=constant(1))}, [b"x"] * 3)
    assert len(found["one"]) == 3


def test_the_same_rows_are_drawn_each_time(tmp_path: Path) -> None:
    file = write_records(tmp_path / "a.gz", [b"%d" % number for number in range(500)])
    drawn = sample([file], 100)
    assert drawn == sample([file], 100)
    assert (len(drawn.records), drawn.of) == (100, 500)
    assert len(set(drawn.records)) == 100
    assert sample([file], 1000).records == tuple(
        b"%d" % number for number in range(500)
    )


def test_every_row_is_as_likely_as_the_others(tmp_path: Path) -> None:
    file = write_records(tmp_path / "a", [b"%d" % number for number in range(10_000)])
    places = np.array([int(one) for one in sample([file], 1000).records])
    # Of a uniform draw the mean is 5,000, give or take 91 (10,000 / sqrt(12,000)).
    assert abs(places.mean() - 5000) < 300
    per_tenth = np.histogram(places, 10, (0, 10_000))[0]
    assert per_tenth.min() > 60
    assert per_tenth.max() < 140


def test_the_eval_split_is_replayed_where_there_is_one(tmp_path: Path) -> None:
    listed = records(3)
    both = write_examples(tmp_path / "both", train=listed, eval=listed)
    assert {file.parent.name for file in files_of([both], None)} == {"Split-eval"}
    assert {file.parent.name for file in files_of([both], '["train"]')} == {
        "Split-train"
    }
    logged = write_examples(tmp_path / "logged", a=listed, b=listed)
    assert len(files_of([logged], None)) == 2
    with pytest.raises(UsageError, match="no rows to replay"):
        files_of([both], '["test"]')


def pushed(number: int, version: int, **more: Any) -> Event:
    """An event of the ledger."""
    kind = more.pop("kind", "push")
    model = PushedModel(digest="0", files={}) if kind == "push" else None
    return Event(
        number=number,
        kind=kind,
        version=version,
        by="ada",
        reason="a test",
        model=model,
        **more,
    )


FIRST = pushed(1, 10, champion=10)
BESIDE = pushed(2, 11, champion=10, canary=CanaryShare(version=11, percent=5))
PROMOTED = pushed(3, 11, kind="promote", champion=11)
ABANDONED = pushed(3, 11, kind="abandon", champion=10)
NEXT = pushed(3, 12, champion=10, canary=CanaryShare(version=12, percent=5))
BACK = pushed(4, 10, kind="rollback", champion=10)


@pytest.mark.parametrize(
    ("events", "version", "kind", "opponent"),
    [
        ([FIRST], 10, "first", None),
        ([FIRST, BESIDE], 11, "canary", 10),
        ([FIRST, BESIDE, PROMOTED], 11, "promoted", 10),
        ([FIRST, BESIDE, ABANDONED], 11, "abandoned", 10),
        ([FIRST, BESIDE, PROMOTED, BACK], 11, "passed over", None),
        ([FIRST, BESIDE, PROMOTED, BACK], 10, "promoted", 11),
        ([FIRST, pushed(2, 12, champion=10)], 12, "passed over", None),
        ([FIRST, BESIDE, NEXT], 11, "passed over", None),
    ],
)
def test_where_a_version_stands(
    events: list[Event], version: int, kind: str, opponent: int | None
) -> None:
    found = standing(events, version, "the ledger")
    assert (found.kind, found.opponent) == (kind, opponent)
    assert found.held == (opponent is not None)


def test_a_version_that_nobody_pushed_stands_nowhere() -> None:
    with pytest.raises(ComponentError, match="version 99 is not on the ledger"):
        standing([FIRST], 99, "the ledger")
