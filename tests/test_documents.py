from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from tidegate.documents import Document, near_miss
from tidegate.errors import Problems, TidegateError, UsageError


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid")
    at_most: int = Field(default=0, ge=0)
    at_least: int | float | None = None


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="a short name")
    epochs: int = 3
    data: str | list[str] = "x.csv"
    limits: Limits = Limits()
    many: list[Limits] = []


GOOD = """\
name: flights
limits:
  at_most: 5
many:
  - at_most: 1
  - at_most: 2
"""


def test_parsed_data_is_plain_and_every_key_and_item_has_its_line() -> None:
    document = Document.parse(GOOD, "c.yaml")
    assert document.data["many"] == [{"at_most": 1}, {"at_most": 2}]
    assert document.line_of(("limits", "at_most")) == 3
    assert document.line_of(("many", 1)) == 6
    assert document.line_of(("limits", "no")) is None


def test_valid_document_becomes_the_model() -> None:
    assert Document.parse(GOOD, "c.yaml").validate(Settings).limits.at_most == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2013-01-01", "2013-01-01"),
        ("1_000", "1_000"),
        ("007", 7),
        ("true", True),
        ("-2.5e3", -2500.0),
        (".inf", float("inf")),
        ("'5'", "5"),
        ("~", None),
        ("", None),
        ("5%", "5%"),
        ("2013.12.24", "2013.12.24"),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object) -> None:
    assert Document.parse(f"a: {text}\n", "c.yaml").data["a"] == value


BAD_YAML = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", "c.yaml:3", "twice"),
    "alias": ("a: &x [1]\nb: *x\n", "c.yaml:1", "anchors"),
    "unknown alias": ("a: 1\nb: *x\n", "c.yaml:2", "aliases"),
    "tag": ("a: !!python/object:os.system x\nb: !cow 1\n", "c.yaml:1", "tag"),
    "tag of a list": ("a: 1\nb: !!python/tuple [1]\n", "c.yaml:2", "tag"),
    "tag of a mapping": ("a: 1\nb: !cow {c: 1}\n", "c.yaml:2", "tag"),
    "tab": ("a:\n\tb: 1\n", "c.yaml:2", "YAML"),
    "open bracket": ("a: [1, 2\nb: 3\n", "c.yaml:2", "YAML"),
    "two documents": ("a: 1\n---\nb: 2\n", "c.yaml:2", "YAML"),
    "list at the top": ("- 1\n", "c.yaml:1", "keys and values"),
    "empty": ("", "c.yaml:1", "keys and values"),
    "only text": ("hello\n", "c.yaml:1", "keys and values"),
    "key that is a list": ("a: 1\n[1, 2]: 3\n", "c.yaml:2", "text"),
    "control character": ("a: 1\nb: \x07\n", "c.yaml:2", "character"),
    "too deep": ("a: " + "[" * 5000, "c.yaml:1", "deep"),
    "too large": ("a: " + "x" * 1_000_001, "c.yaml", "large"),
}


@pytest.mark.parametrize("name", BAD_YAML)
def test_bad_yaml_is_refused_with_its_line(name: str) -> None:
    text, place, word = BAD_YAML[name]
    with pytest.raises(UsageError) as refused:
        Document.parse(text, "c.yaml")
    assert str(refused.value.where).startswith(place)
    assert word in str(refused.value)


def test_billion_laughs_are_refused_at_once() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"{n}: &{n} [*{m}, *{m}, *{m}]\n" for m, n in pairwise("abcdefghi")
    )
    with pytest.raises(UsageError, match="anchors"):
        Document.parse(bomb, "c.yaml")


def test_unknown_key_gets_its_line_and_the_near_miss() -> None:
    with pytest.raises(UsageError, match="did you mean at_most") as refused:
        Document.parse("name: x\nlimits:\n  at_mots: 5\n", "c.yaml").validate(Settings)
    assert refused.value.where == "c.yaml:3"
    assert refused.value.fix == "write at_most instead"


def test_all_problems_are_told_at_once() -> None:
    text = "epochs: many\nlimits:\n  at_most: -1\nmany:\n  - {at_last: 3}\n"
    with pytest.raises(Problems) as refused:
        Document.parse(text, "c.yaml").validate(Settings)
    places = [error.where for error in refused.value.errors]
    assert sorted(map(str, places)) == ["c.yaml:1", "c.yaml:1", "c.yaml:3", "c.yaml:5"]
    said = str(refused.value)
    assert "name is missing" in said
    assert "a short name" in said
    assert "did you mean at_least?" in said


def test_union_is_one_problem_with_both_expectations() -> None:
    with pytest.raises(UsageError) as refused:
        Document.parse("name: x\ndata: 3\n", "c.yaml").validate(Settings)
    assert refused.value.where == "c.yaml:2"
    assert refused.value.expected == "string or list"
    assert refused.value.got == "3"


def test_missing_file_names_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "data_tests.yaml").write_text("a: 1")
    with pytest.raises(UsageError, match=r"did you mean .*data_tests\.yaml"):
        Document.read(tmp_path / "datatests.yaml")


def test_folder_and_absent_folder_are_usage_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "such.yaml"):
        with pytest.raises(UsageError):
            Document.read(path)


def test_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(UsageError, match="not UTF-8") as refused:
        Document.read(file)
    assert refused.value.where == f"{file}:2"


def test_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: x\n")
    assert Document.read(file).data == {"name": "x"}


def test_updated_value_is_blamed_on_where_it_came_from() -> None:
    document = Document.parse(GOOD, "c.yaml")
    changed = document.updated(("limits", "at_most"), -1, "--set limits.at_most")
    with pytest.raises(UsageError) as refused:
        changed.validate(Settings)
    assert refused.value.where == "--set limits.at_most"
    assert document.data["limits"]["at_most"] == 5


def test_update_below_a_plain_value_is_refused() -> None:
    with pytest.raises(TidegateError, match="no settings of its own"):
        Document.parse(GOOD, "c.yaml").updated(("name", "x"), 1)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("at_mots", "at_most"), ("AT_MOST", "at_most"), ("colour", None)],
)
def test_near_miss_finds_what_was_meant(word: str, meant: str | None) -> None:
    assert near_miss(word, ["at_most", "rows"]) == meant


def test_misspelt_key_is_not_missing_as_well() -> None:
    with pytest.raises(UsageError, match="did you mean name") as refused:
        Document.parse("nam: x\n", "c.yaml").validate(Settings)
    assert refused.value.where == "c.yaml:1"
