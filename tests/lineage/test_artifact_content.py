"""Files that say the same have the same content, whatever their bytes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.columnar.tf_record import write_records
from tidegate.lineage.content import content_of, normalised, output_files
from tidegate.lineage.example_content import examples_digest
from tidegate.lineage.file_digests import digests_below, joined
from tidegate.lineage.naming import without_run, without_times

ROOTS = ("/runs/a", "/runs/a/pushed")
OTHERS = ("/else/b", "/models")
VARINT = 128


def message(content: bytes) -> bytes:
    """A message of protobuf as field 1 of another one."""
    assert len(content) < VARINT
    return bytes([0x0A, len(content)]) + content


def example(entries: list[bytes]) -> bytes:
    """A tf.Example with these entries in its map, in their order."""
    return message(b"".join(map(message, entries)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/runs/a/artifacts/Trainer/model/8/x", "/else/b/artifacts/Trainer/model/31/x"),
        ("/runs/a/pushed/1795303618", "/models/1795400000"),
        ("at /runs/a/pushed/1 and 2", "at /models/9 and 2"),
        (
            "b'/runs/a/artifacts/T/g/7/.temp/dest'",
            "b'/else/b/artifacts/T/g/9/.temp/dest'",
        ),
    ],
)
def test_names_are_the_same_without_their_run(one: str, other: str) -> None:
    assert without_run(one, ROOTS) == without_run(other, OTHERS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/runs/a/artifacts/Trainer/model/8", "/else/b/artifacts/Tuner/model/8"),
        ("/runs/a/artifacts/Trainer/model/8", "/else/b/artifacts/Trainer/model_run/8"),
        ("/runs/a/data/8", "/else/b/data/9"),
        ("rows 8", "rows 9"),
    ],
)
def test_other_names_stay_others(one: str, other: str) -> None:
    assert without_run(one, ROOTS) != without_run(other, OTHERS)


@pytest.mark.parametrize(
    ("text", "same"),
    [("1.25 ms at most", True), ("3 s", True), ("12 µs", True), ("1,250 seconds", True),
     ("12.4 %", False), ("3 sources", False), ("2 MB", False), ("7 ms/row", False)],
)  # fmt: skip
def test_only_times_are_taken_out(text: str, same: bool) -> None:
    other = text.translate(str.maketrans("1234567", "9876543"))
    assert (without_times(text) == without_times(other)) is same


def test_reports_of_two_runs_say_the_same() -> None:
    def report(root: str, seconds: float, created: str) -> dict[str, Any]:
        return {
            "results": [{"observed": "AUC 0.9", "folder": f"{root}/artifacts/A/b/3"}],
            "seconds": seconds,
            "created": created,
        }

    one = normalised(report("/runs/a", 1.0, "monday"), ROOTS)
    assert one == normalised(report("/else/b", 2.0, "tuesday"), OTHERS)
    other = report("/runs/a", 1.0, "monday")
    other["results"][0]["observed"] = "AUC 0.8"
    assert normalised(other, ROOTS) != one


def test_digests_say_nothing_only_in_a_decision() -> None:
    held = {"reports": [{"digest": "1", "tests": 2}]}
    assert normalised(held, ROOTS, "decision.json") == {"reports": [{"tests": 2}]}
    assert normalised(held, ROOTS) == held


def test_sizes_say_nothing_only_of_graphs_with_names_of_folders() -> None:
    held = {"model": {"size": 1, "rows": 2}}
    assert normalised(held, ROOTS, "tidegate-facts.json") == {"model": {"rows": 2}}
    assert normalised(held, ROOTS, "report.json") == held


@pytest.mark.parametrize(
    ("test", "same"), [("latency", True), ("size", True), ("bounds", False)]
)
def test_what_was_measured_of_the_machine_says_nothing(test: str, same: bool) -> None:
    def result(observed: str, outcome: str = "passed") -> dict[str, Any]:
        return {"test": test, "observed": observed, "plot": None, "outcome": outcome}

    one, other = result("6.37 (95 %: 5 to 6)"), result("7.37 (95 %: 6 to 8)")
    assert (normalised(one, ROOTS) == normalised(other, ROOTS)) is same
    failed = result("6.37 (95 %: 5 to 6)", "failed")
    assert normalised(one, ROOTS) != normalised(failed, ROOTS)


@pytest.mark.parametrize("name", ["push.json", "model-card.md", "model-card.html"])
def test_who_pushed_when_says_nothing(tmp_path: Path, name: str) -> None:
    assert write(tmp_path, {name: '{"at": "2026"}'})[name] == ""


def write(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """Content of a folder with these files, by name."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    found = output_files(folder)
    assert found is not None
    return content_of(folder, found, ROOTS)


def test_a_page_says_nothing_beside_what_it_is_made_from(tmp_path: Path) -> None:
    files = {
        "report.json": '{"a": 1}',
        "report.html": "<p>12:00",
        "other/page.html": "x",
    }
    found = write(tmp_path, files)
    assert found["report.html"] == ""
    assert "other/page.html" not in found


def test_json_is_compared_by_its_values(tmp_path: Path) -> None:
    one = write(tmp_path / "1", {"a.json": '{"a": 1, "b": [2]}'})
    two = write(tmp_path / "2", {"a.json": '{ "b": [2], "a": 1 }'})
    three = write(tmp_path / "3", {"a.json": '{ "b": [2], "a": 3 }'})
    assert one == two
    assert one != three


def test_what_is_no_json_after_all_has_only_its_bytes(tmp_path: Path) -> None:
    assert write(tmp_path, {"a.json": "{", "b.txt": "x"}) == {}


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=5), st.randoms())
def test_the_order_of_features_says_nothing(
    entries: list[bytes], shuffle: random.Random
) -> None:
    other = list(entries)
    shuffle.shuffle(other)
    assert examples_digest([example(entries)]) == examples_digest([example(other)])


@given(
    st.lists(st.lists(st.binary(min_size=1, max_size=5), max_size=3), max_size=3),
    st.lists(st.lists(st.binary(min_size=1, max_size=5), max_size=3), max_size=3),
)
def test_other_features_say_something_else(
    ones: list[list[bytes]], others: list[list[bytes]]
) -> None:
    same = [sorted(one) for one in ones] == [sorted(one) for one in others]
    found = [examples_digest(map(example, rows)) for rows in (ones, others)]
    assert (found[0] == found[1]) is same


def test_features_do_not_run_into_one_another() -> None:
    ones, others = example([b"ab", b"c"]), example([b"a", b"bc"])
    assert examples_digest([ones]) != examples_digest([others])


def test_the_order_of_rows_says_something() -> None:
    one, two = example([b"a"]), example([b"b"])
    assert examples_digest([one, two]) != examples_digest([two, one])


@pytest.mark.parametrize("record", [b"", b"\x0a", b"\x0a\x05ab", b"\x0a\xff", b"plain"])
def test_records_that_are_no_examples_count_by_their_bytes(record: bytes) -> None:
    assert examples_digest([record]) == examples_digest([record])
    assert examples_digest([record]) != examples_digest([record + b"x"])


def test_record_files_are_read_only_where_that_is_asked_for(tmp_path: Path) -> None:
    one, other = example([b"a", b"b"]), example([b"b", b"a"])
    for number, record in (("1", one), ("2", other)):
        (tmp_path / number / "Split-train").mkdir(parents=True)
        write_records(tmp_path / number / "Split-train" / "data.gz", [record])
    names = ["Split-train/data.gz"]
    found = [content_of(tmp_path / n, names, ROOTS) for n in ("1", "2")]
    assert found[0] == found[1]
    assert list(found[0]) == names
    assert content_of(tmp_path / "1", names, ROOTS, deep=False) == {}


def test_damaged_records_have_only_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b no more")
    assert content_of(tmp_path, ["a.gz"], ROOTS) == {}


def test_a_folder_that_is_not_there_has_no_digests(tmp_path: Path) -> None:
    assert output_files(tmp_path / "gone") is None
    assert output_files(tmp_path) == {}


def test_a_digest_over_files_changes_with_names_and_content(tmp_path: Path) -> None:
    def over(files: dict[str, str]) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return joined(digests_below(folder))

    found = {
        over(files) for files in ({"a": "1"}, {"b": "1"}, {"a": "2"}, {"c/a": "1"})
    }
    assert len(found) == 4
    assert over({"a": "1"}) in found


def test_a_gates_decision_does_not_depend_on_when_reports_were_written(
    tmp_path: Path,
) -> None:
    def decided(number: str, digest: str, tests: int) -> dict[str, str]:
        text = json.dumps({"reports": [{"digest": digest, "tests": tests}]})
        return write(tmp_path / number, {"decision.json": text})

    assert decided("1", "x", 2) == decided("2", "y", 2)
    assert decided("3", "x", 3) != decided("2", "y", 2)
