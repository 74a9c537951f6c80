"""An acceptance changes the schema whole or not at all, and is never forgotten."""

from __future__ import annotations

import gzip
import hashlib
import multiprocessing
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from accepting import accepts, killed_at
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.data_tests.check import Wanted, check
from tidegate.data_tests.reference import read_reference
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.errors import DataError, Problems, UsageError
from tidegate.schema_life.accept import accept
from tidegate.schema_life.acceptance import Acceptance
from tidegate.schema_life.accepted_record import read_pending, read_record

SCHEMA = """# The trips; kept by hand.
feature {
  # Who carries.
  name: "kind"
  type: BYTES
  domain: "kinds"
  presence { min_fraction: 1.0 min_count: 1 }
}
feature { name: "fare" type: INT int_domain { min: 0 max: 50 } }  # in euros
string_domain {
  name: "kinds"
  value: "bus"  # the red ones
  value: "taxi"
}
"""
SUITE = "dataset: trips\npii: [who]\ntests:\n  - rows: {at_least: 2}\n"


def rows(kind: str = "bus", fare: int = 5, count: int = 40) -> str:
    lines = [f"{kind if n % 4 == 0 else 'taxi'},{fare + n % 7}" for n in range(count)]
    return "kind,fare\n" + "\n".join(lines) + "\n"


@pytest.fixture
def wanted(tmp_path: Path) -> Acceptance:
    (tmp_path / "schema.pbtxt").write_text(SCHEMA)
    (tmp_path / "data_tests.yaml").write_text(SUITE)
    (tmp_path / "day.csv").write_text(rows())
    return Acceptance(
        data=[str(tmp_path / "day.csv")],
        schema=tmp_path / "schema.pbtxt",
        tests=tmp_path / "data_tests.yaml",
        by="Ada",
        reason="the ship began in May",
        span=9,
    )


def deliver(wanted: Acceptance, text: str) -> None:
    Path(wanted.data[0]).write_text(text)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".accept.lock"
    }


def test_the_schema_changes_only_where_it_must(wanted: Acceptance) -> None:
    deliver(wanted, rows("ship"))
    accepted = accept(wanted)
    after = wanted.schema.read_text()
    assert after == SCHEMA.replace('"taxi"\n', '"taxi"\n  value: "ship"\n')
    assert [(c.subject, c.what) for c in accepted.changes] == [
        ("kind", "values added: ship")
    ]


def test_what_was_accepted_passes_afterwards(wanted: Acceptance) -> None:
    deliver(wanted, rows("ship", fare=99))
    checked = Wanted(wanted.data, schema=wanted.schema)
    assert not check(checked).evaluation.report.passed
    accept(wanted)
    assert check(checked).evaluation.report.passed


def test_the_record_says_who_why_and_which_data(wanted: Acceptance) -> None:
    before = hashlib.sha256(wanted.schema.read_bytes()).hexdigest()
    deliver(wanted, rows("ship"))
    accepted = accept(wanted)
    assert accepted.record_file is not None
    record = read_record(accepted.record_file)
    content = Path(wanted.data[0]).read_bytes()
    assert (record.by, record.reason, record.span) == (
        "Ada",
        "the ship began in May",
        9,
    )
    (file,) = record.data
    assert (file.rows, file.bytes) == (40, len(content))
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert record.schema_.before == before
    assert (
        record.schema_.after == hashlib.sha256(wanted.schema.read_bytes()).hexdigest()
    )
    assert record.changes[0]["what"] == "values added: ship"


def test_the_reference_knows_the_span(wanted: Acceptance) -> None:
    accept(wanted)
    (span,) = read_reference(wanted.reference_folder).spans
    assert (span.span, span.rows, span.name) == (9, 40, "09")
    assert list(span.columns) == ["kind", "fare"]


def test_good_data_change_nothing_but_feed_the_reference(wanted: Acceptance) -> None:
    accepted = accept(wanted)
    assert accepted.changes == []
    assert wanted.schema.read_text() == SCHEMA
    assert len(read_reference(wanted.reference_folder)) == 1


def test_only_the_columns_that_are_named_change(wanted: Acceptance) -> None:
    deliver(wanted, rows("ship", fare=99))
    accepted = accept(replace(wanted, columns=["fare"]))
    assert [c.subject for c in accepted.changes] == ["fare"]
    assert accepted.record.left == ("kind",)
    assert "ship" not in wanted.schema.read_text()


FAILING = "  - rows: {at_most: 3}\n"


@pytest.mark.parametrize("named", [True, False])
def test_data_on_which_tests_fail_are_accepted_only_on_purpose(
    wanted: Acceptance, named: bool
) -> None:
    assert wanted.tests is not None
    wanted.tests.write_text(SUITE + FAILING)
    asked = wanted if named else replace(wanted, tests=None)
    deliver(wanted, rows("ship"))
    before = files(wanted.schema.parent)
    with pytest.raises(DataError, match="rows rows") as caught:
        accept(asked)
    assert caught.value.exit_code == 1
    assert "--despite-failures" in str(caught.value)
    assert files(wanted.schema.parent) == before
    record = accept(replace(asked, despite_failures=True)).record
    assert record.failed_tests == record.despite_failures == ("rows rows",)
    assert record.suite == "data_tests.yaml"


@pytest.mark.parametrize(
    "laxer",
    [
        "level: warn",
        "waiver: {owner: Ada, reason: still small, expires: 9999-12-31}",
    ],
)
def test_tests_that_shut_no_gate_refuse_no_acceptance(
    wanted: Acceptance, laxer: str
) -> None:
    assert wanted.tests is not None
    wanted.tests.write_text(SUITE + FAILING.replace("3}", f"3, {laxer}}}"))
    record = accept(wanted).record
    assert record.failed_tests == ("rows rows",)
    assert record.despite_failures == ()


def test_an_acceptance_says_which_tests_were_run(wanted: Acceptance) -> None:
    assert wanted.tests is not None
    alone = replace(wanted, tests=None)
    found = dict(accept(alone, dry_run=True).lines())
    assert "which lies beside" in found["tests"]
    wanted.tests.unlink()
    assert "none were run" in dict(accept(alone, dry_run=True).lines())["tests"]


def test_columns_that_do_not_exist_are_refused(wanted: Acceptance) -> None:
    with pytest.raises(UsageError, match="no such columns"):
        accept(replace(wanted, columns=["fares"]))


def test_a_dry_run_writes_nothing(wanted: Acceptance) -> None:
    deliver(wanted, rows("ship"))
    before = files(wanted.schema.parent)
    accepted = accept(wanted, dry_run=True)
    assert len(accepted.changes) == 1
    assert accepted.record_file is None
    assert files(wanted.schema.parent) == before


def test_data_that_cannot_be_read_whole_are_never_accepted(
    wanted: Acceptance, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(rows("ship").encode())[:-12])
    before = files(tmp_path)
    with pytest.raises((DataError, Problems)) as caught:
        accept(replace(wanted, data=[str(cut)]))
    assert caught.value.exit_code == 1
    assert files(tmp_path) == before


def test_a_span_is_not_accepted_twice_with_other_data(wanted: Acceptance) -> None:
    accept(wanted)
    before = files(wanted.schema.parent)
    deliver(wanted, rows("ship"))
    with pytest.raises(UsageError, match="accepted already"):
        accept(wanted)
    assert files(wanted.schema.parent) == {**before, "day.csv": rows("ship").encode()}


@pytest.mark.parametrize("field", ["by", "reason"])
def test_nobody_and_no_reason_are_refused(wanted: Acceptance, field: str) -> None:
    with pytest.raises(UsageError):
        accept(replace(wanted, **{field: " "}))


def test_private_values_reach_neither_record_nor_reference(
    wanted: Acceptance,
) -> None:
    lines = rows(count=800).splitlines()
    named = [f"{line},Lovelace{n % 3}" for n, line in enumerate(lines[1:])]
    deliver(wanted, "\n".join(["kind,fare,who", *named]) + "\n")
    accept(wanted)
    written = files(wanted.schema.parent)
    assert "Lovelace" in written.pop("day.csv").decode()
    assert not [name for name, content in written.items() if b"Lovelace" in content]


STEPS = ("write_pending", "write_summary", "write_whole", "drop_pending")


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_all_or_nothing(wanted: Acceptance, step: str) -> None:
    deliver(wanted, rows("ship"))
    spawned = multiprocessing.get_context("spawn")
    process = spawned.Process(target=killed_at, args=(wanted, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert wanted.schema.read_text() in (SCHEMA, _with_ship())
    decided = step != "write_pending"
    assert (read_pending(wanted.records) is not None) == decided
    # The next one, whoever it is, finishes what was decided, or finds the old.
    deliver(wanted, rows())
    accepted = accept(replace(wanted, span=10, by="Bob"))
    spans = [one.span for one in read_reference(wanted.reference_folder).spans]
    records = {read_record(p).by for p in wanted.records.glob("[!.]*.json")}
    if decided:
        assert wanted.schema.read_text() == _with_ship()
        assert (spans, records) == ([9, 10], {"Ada", "Bob"})
    else:
        assert wanted.schema.read_text() == SCHEMA
        assert (spans, records) == ([10], {"Bob"})
    assert read_pending(wanted.records) is None
    assert accepted.record.by == "Bob"


def _with_ship() -> str:
    return SCHEMA.replace('"taxi"\n', '"taxi"\n  value: "ship"\n')


def test_a_schema_changed_by_hand_meanwhile_is_not_overwritten(
    wanted: Acceptance,
) -> None:
    deliver(wanted, rows("ship"))
    spawned = multiprocessing.get_context("spawn")
    process = spawned.Process(target=killed_at, args=(wanted, "write_summary"))
    process.start()
    process.join()
    by_hand = SCHEMA + "# by hand\n"
    wanted.schema.write_text(by_hand)
    with pytest.raises(UsageError, match="changed since"):
        accept(replace(wanted, span=10))
    assert wanted.schema.read_text() == by_hand


def test_two_at_once_both_count(wanted: Acceptance, tmp_path: Path) -> None:
    others = []
    for number, kind in enumerate(("ship", "bike")):
        path = tmp_path / f"{kind}.csv"
        path.write_text(rows(kind))
        others.append(replace(wanted, data=[str(path)], span=number))
    spawned = multiprocessing.get_context("spawn")
    processes = [spawned.Process(target=accepts, args=(one,)) for one in others]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    text = wanted.schema.read_text()
    assert all(f'"{kind}"' in text for kind in ("ship", "bike"))
    assert len(read_reference(wanted.reference_folder)) == 2
    assert len(list(wanted.records.glob("[!.]*.json"))) == 2


@pytest.mark.parametrize("tag", ["pii", "PII", None])
def test_private_columns_keep_their_rules(wanted: Acceptance, tag: str | None) -> None:
    schema = SCHEMA.replace("min_fraction", "  min_fraction")
    if tag is None:
        assert wanted.tests is not None
        suite = SUITE.replace("[who]", "[kind, fare]")
        wanted.tests.write_text(suite)
    else:
        mark = f'annotation {{ tag: "{tag}" }} '
        schema = schema.replace('domain: "kinds"', f'domain: "kinds" {mark}')
        schema = schema.replace("type: INT ", f"type: INT {mark}")
    wanted.schema.write_text(schema)
    deliver(wanted, rows("Lovelace", fare=98_765_432, count=800))
    accepted = accept(wanted)
    assert wanted.schema.read_text() == schema
    assert accepted.changes == []
    assert accepted.record.left == ("fare", "kind")
    assert accepted.private == ("fare", "kind")
    told = "\n".join(text for _, text in accepted.lines())
    assert "by hand" in told
    written = files(wanted.schema.parent)
    del written["day.csv"]
    for content in (*written.values(), told.encode()):
        assert b"Lovelace" not in content
        assert b"9876543" not in content


def test_a_new_private_column_gets_neither_values_nor_bounds(
    wanted: Acceptance,
) -> None:
    assert wanted.tests is not None
    wanted.tests.write_text(SUITE.replace("[who]", "[who, pay]"))
    lines = rows(count=800).splitlines()
    named = [f"{line},Love{n % 3},{777_000 + n % 5}" for n, line in enumerate(lines)]
    deliver(wanted, "\n".join(["kind,fare,who,pay", *named[1:]]) + "\n")
    accepted = accept(wanted)
    assert [change.subject for change in accepted.changes] == ["who", "pay"]
    assert "Love" not in wanted.schema.read_text()
    assert "77" not in wanted.schema.read_text()


KINDS = (
    'feature { name: "n" type: %s %s presence { min_fraction: 1.0 min_count: 1 } }\n'
)


@pytest.mark.parametrize(
    ("before", "values", "after", "what"),
    [
        ("INT int_domain { min: 0 max: 50 }", ("1.5", "70.25"),
         "FLOAT float_domain { min: 0.0 max: 70.25 }", "type INT → FLOAT"),
        ("FLOAT float_domain { min: 0.5 max: 9.5 }", ("a", "b"), "BYTES",
         "type FLOAT → BYTES"),
        ("INT int_domain { min: 0 max: 50 }", ("a", "b"), "BYTES",
         "type INT → BYTES"),
        ('BYTES string_domain { value: "a" }', ("1.5", "2.5"), "FLOAT",
         "type BYTES → FLOAT"),
        ("FLOAT float_domain { min: 0.5 max: 9.5 }", ("1", "2"),
         "INT int_domain { min: 1 max: 9 }", "type FLOAT → INT"),
    ],
)  # fmt: skip
def test_another_type_is_accepted_and_goes_on_being_checked(
    wanted: Acceptance, before: str, values: tuple[str, ...], after: str, what: str
) -> None:
    wanted.schema.write_text(KINDS % tuple(f"{before} ".split(" ", 1)))
    deliver(wanted, "n\n" + "\n".join(values * 20) + "\n")
    accepted = accept(wanted)
    (first, *_) = accepted.changes
    assert (first.what, first.effect.value) == (what, "breaking")
    expected = text_format.Parse(
        KINDS % tuple(f"{after} ".split(" ", 1)), schema_pb2.Schema()
    )
    assert read_schema(wanted.schema) == expected
    assert accepted.record.left == ()
    assert check(Wanted(wanted.data, schema=wanted.schema)).evaluation.report.passed
    deliver(wanted, "m\n1\n2\n")
    again = check(Wanted(wanted.data, schema=wanted.schema)).evaluation.report
    assert "n" in [result.subject for result in again.failed]


@pytest.mark.parametrize("text", ["kind\n" + "bus\n" * 8, "kind,fare\n" + "bus,\n" * 8])
def test_a_missing_column_goes_out_of_use_only_if_it_is_named(
    wanted: Acceptance, text: str
) -> None:
    demanded = "max: 50 } presence { min_fraction: 1.0 min_count: 1 }"
    wanted.schema.write_text(SCHEMA.replace("max: 50 }", demanded))
    deliver(wanted, text)
    before = files(wanted.schema.parent)
    with pytest.raises(UsageError, match="values of fare"):
        accept(wanted)
    assert files(wanted.schema.parent) == before
    left = accept(replace(wanted, columns=["kind"]), dry_run=True)
    assert left.record.left == ("fare",)
    (change,) = accept(replace(wanted, columns=["fare"])).changes
    assert (change.what, change.effect.value) == ("not in use any more", "breaking")
