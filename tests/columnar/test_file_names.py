"""Files have short names that differ."""

from __future__ import annotations

from pathlib import Path

from tidegate.columnar.file_names import names, printable_names


def test_names_are_short_and_unique() -> None:
    assert names([Path("/x/a.csv"), Path("/x/b.csv")]) == ["a.csv", "b.csv"]
    assert names([Path("/x/1/a.csv"), Path("/x/2/a.csv")]) == ["1/a.csv", "2/a.csv"]


def test_names_that_print_alike_are_told_apart() -> None:
    alike = [Path("/x/a\x00.csv"), Path("/x/a\x01.csv")]
    assert len(set(printable_names(alike))) == 2
    assert "".join(printable_names(alike)).isprintable()
