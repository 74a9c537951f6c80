"""New advisories fail, reviewed ones do not, and reviews are held to the facts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.supply.answers import (
    FINDING,
    PILLOWCASE,
    TODAY,
    answer,
    entry,
    reviewed,
    vulnerability,
)

from supply import advisories, findings, locks, page
from supply.audit import Audit, report
from supply.findings import Incomplete
from supply.locks import Pin, rounds
from tidegate.errors import ExitCode, TidegateError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "outside.py").write_text("# never opened\n")
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "bed.py").write_text("# never opened\n")
    return tmp_path / "checkout"


def test_records_of_several_databases_are_one_finding() -> None:
    records = [
        vulnerability("PYSEC-2030-7", "CVE-2030-1", fixed=""),
        vulnerability("GHSA-other", "CVE-2030-2"),
        vulnerability("GHSA-a-b-c", "CVE-2030-1"),
    ]
    found = findings.findings(
        answer(PILLOWCASE, pillowcase=records), {"image": [PILLOWCASE]}
    )
    assert [each.ids for each in found] == [
        ("CVE-2030-1", "GHSA-a-b-c", "PYSEC-2030-7"),
        ("CVE-2030-2", "GHSA-other"),
    ]
    assert found[0].fixed == ("2.0",)
    assert found[0].about == "Feathers escape."


def test_finding_stands_in_every_lock_that_has_the_version() -> None:
    other = Pin("pillowcase", "2.0")
    locked = {"image": [PILLOWCASE], "tfx-1.21": [PILLOWCASE, other], "tools": [other]}
    said = {
        "dependencies": [
            *answer(PILLOWCASE, pillowcase=[vulnerability("GHSA-x")])["dependencies"],
            *answer(other)["dependencies"],
        ]
    }
    found = findings.findings(said, locked)
    assert [(each.lock, each.version) for each in found] == [
        ("image", "1.0"),
        ("tfx-1.21", "1.0"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"dependencies": []},
        {"dependencies": [{"name": "pillowcase", "skip_reason": "no index"}]},
        answer(Pin("pillowcase", "1.1")),
    ],
)
def test_pin_without_an_answer_is_not_passed(said: dict[str, object]) -> None:
    with pytest.raises(Incomplete, match=r"1 pins were passed over: pillowcase 1\.0"):
        findings.findings(said, {"image": [PILLOWCASE]})


@pytest.mark.parametrize(
    ("changes", "covers"),
    [
        ({}, True),
        ({"id": "GHSA-a-b-c", "aliases": ()}, True),
        ({"id": "CVE-2030-9", "aliases": ()}, False),
        ({"packages": ("quilt",)}, False),
        ({"packages": ("PillowCase",)}, True),
        ({"locks": ("tools",)}, False),
    ],
)
def test_review_covers_its_advisory_only(
    changes: dict[str, object], covers: bool
) -> None:
    assert entry(**changes).covers(FINDING) is covers


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"review_by": "2030-06-01"}, "was to be reviewed again by 2030-06-01"),
        ({"reviewed": "2030-06-02"}, "which is still to come"),
        ({"review_by": "2031-06-01"}, "more than 200 days"),
        ({"locks": ("bed",)}, "there is no lock bed"),
        ({"evidence": {"sofa.py": "x"}}, "there is no sofa.py"),
        ({"evidence": {"../outside.py": "never"}}, "there is no ../outside.py"),
        ({"evidence": {"bed.py": "always open"}}, "does not say 'always open'"),
    ],
)
def test_review_that_does_not_hold_is_a_fault(
    checkout: Path, changes: dict[str, object], words: str
) -> None:
    found = list(advisories.faults(reviewed(entry(**changes)), checkout, TODAY))
    assert len(found) == 1
    assert words in found[0]


def test_sound_review_has_no_fault(checkout: Path) -> None:
    assert list(advisories.faults(reviewed(entry()), checkout, TODAY)) == []


def test_advisory_that_stands_twice_is_a_fault(checkout: Path) -> None:
    twice = reviewed(entry(), entry(id="CVE-2030-5"))
    found = list(advisories.faults(twice, checkout, TODAY))
    assert found == [
        "CVE-2030-5: GHSA-a-b-c is also in the entry CVE-2030-1; join them"
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "CVE-2030-8", "aliases": ()}, "no locked version has it any more"),
        ({"locks": ("image", "tools")}, "the lock tools no longer has it"),
        ({"packages": ("pillowcase", "quilt")}, "the package quilt no longer has it"),
    ],
)
def test_review_that_matches_nothing_is_stale(
    changes: dict[str, object], words: str
) -> None:
    found = list(advisories.stale(reviewed(entry(**changes)), [FINDING]))
    assert len(found) == 1
    assert words in found[0]


def test_versions_of_an_entry_tell_whether_it_is_due() -> None:
    due = reviewed(entry(affects="<1.5"))
    mine = list(advisories.stated(due, {"image": [PILLOWCASE]}))
    assert [(each.lock, each.id) for each in mine] == [("image", "CVE-2030-1")]
    assert list(advisories.stale(due, mine)) == []
    later = list(advisories.stated(due, {"image": [Pin("pillowcase", "1.5")]}))
    assert later == []
    assert len(list(advisories.stale(due, later))) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("    limit: x\n", "limit"),
        ("    reviewed: soon\n", "reviewed"),
        ("    affects: '<<1'\n", "affects"),
        ("    why: because\n", "why"),
    ],
)
def test_file_of_another_form_is_refused(
    tmp_path: Path, changed: str, words: str
) -> None:
    path = tmp_path / "advisories.yaml"
    path.write_text(f"advisories:\n  - id: CVE-2030-1\n{changed}")
    with pytest.raises(TidegateError, match=words) as caught:
        advisories.read(path)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("new", "faults", "code"),
    [
        ((), (), ExitCode.OK),
        (((FINDING, "bedding 3.1 asks for pillowcase<2"),), (), ExitCode.TESTS_FAILED),
        (((FINDING, ""),), ("stale",), ExitCode.USAGE),
    ],
)
def test_exit_code_tells_new_advisories_from_bad_reviews(
    new: tuple[tuple[findings.Finding, str], ...],
    faults: tuple[str, ...],
    code: ExitCode,
) -> None:
    done = Audit({"image": 1}, new, (), faults)
    assert done.exit_code is code
    assert ("✓" in report(done)) is (code is ExitCode.OK)


def test_report_says_what_holds_the_version_and_what_to_do() -> None:
    told = report(Audit({"image": 1}, ((FINDING, "bedding asks for <2"),), (), ()))
    for words in ("pillowcase 1.0", "CVE-2030-1", "GHSA-a-b-c", "fixed in 2.0"):
        assert words in told
    assert "bedding asks for <2" in told
    assert "requirements/advisories.yaml" in told


PINS = st.builds(
    Pin, st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["1", "2", "3"])
)


@given(st.lists(PINS))
def test_rounds_ask_about_every_pin_once_and_no_name_twice(pins: list[Pin]) -> None:
    groups = list(rounds(pins))
    assert sorted(pin for group in groups for pin in group) == sorted(set(pins))
    for group in groups:
        assert len({pin.name for pin in group}) == len(group)


def test_pins_of_every_lock_are_read_with_their_hashes() -> None:
    read = locks.read(ROOT)
    for name, pinned in read.items():
        text = (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")
        assert len(pinned) == sum(
            "==" in line.split(" ;")[0] and line[0].isalnum()
            for line in text.splitlines()
        )
        assert all(pin.hashes for pin in pinned)
    assert any(pin.name == "tensorflow" for pin in read["image"])


def test_reviews_of_this_checkout_hold_but_for_their_day() -> None:
    mine = advisories.read(ROOT / advisories.PATH)
    day = max(each.reviewed for each in mine.advisories)
    assert list(advisories.faults(mine, ROOT, day)) == []


def test_reviews_of_this_checkout_name_locked_packages() -> None:
    locked = locks.read(ROOT)
    for each in advisories.read(ROOT / advisories.PATH).advisories:
        for lock in each.locks:
            names = {pin.name for pin in locked[lock]}
            assert names.issuperset(each.packages)


def test_security_page_has_todays_table() -> None:
    text = (ROOT / page.PAGE).read_text("utf-8")
    entries = advisories.read(ROOT / advisories.PATH).advisories
    assert page.with_table(text, entries) == text


def test_table_keeps_what_stands_around_it() -> None:
    text = f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n"
    new = page.with_table(text, [entry(what="A | B: a table must not break here.")])
    assert new.startswith(f"before\n{page.BEGIN}\n")
    assert new.endswith(f"{page.END}\nafter\n")
    assert "A \\| B" in new
    assert page.with_table(
        new, [entry(what="A | B: a table must not break here.")]
    ) == (new)


def test_days_are_days() -> None:
    assert entry().review_by == date(2030, 8, 1)
