"""The data of the demo: flights by month, a first half, and a broken December."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from pipelines.flights.data import (
    SAMPLE_MODEL_TESTS,
    file_name,
    read_source,
    sample_suite,
    write_months,
)
from pipelines.flights.faults import SEED, write_broken
from rich.console import Console

from tidegate.report.model import write_whole

ROOT = Path(__file__).resolve().parents[1]
CLEAN_MONTHS = tuple(range(1, 12))
BAD_MONTH = 12
STAMP = "prepared.json"
# Raised whenever the files would come out differently.
VERSION = 2
SUITE = ROOT / "schemas" / "flights" / "data_tests.yaml"
FOLDERS = ("clean", "first", "next", "broken")


@dataclass(frozen=True)
class Demo:
    """What is run, and where.

    Attributes:
        folder: Holds `clean`, `first` (the first half of the clean months), `next`
            and `broken`, the CSV files.
        months: The clean months.
        rows: Rows of each month; None is all of them.
    """

    folder: Path
    months: tuple[int, ...]
    rows: int | None

    @property
    def output(self) -> Path:
        """Folder of the runs."""
        if self.rows is None:
            return ROOT / ".tidegate" / "demo"
        return self.folder / "runs"

    @property
    def wanted(self) -> list[Path]:
        """Every data file, relative to `folder`."""
        clean = [Path("clean") / file_name(month) for month in self.months]
        first = [Path("first") / file_name(month) for month in self.first]
        return [*clean, *first, Path("next", file_name(BAD_MONTH)), self.broken]

    @property
    def first(self) -> tuple[int, ...]:
        """The months that the first model learns from."""
        return self.months[: (len(self.months) + 1) // 2]

    @property
    def pushed(self) -> Path:
        """Where models are pushed to."""
        return self.output / "pushed"

    @property
    def broken(self) -> Path:
        """The broken month, relative to `folder`."""
        return Path("broken", file_name(BAD_MONTH))

    def settings(self) -> list[str]:
        """What a sample needs otherwise: fewer rows, smaller steps."""
        if self.rows is None:
            return []
        suite = self.folder / "sample_tests.yaml"
        write_whole(suite, sample_suite(SUITE, self.rows).encode())
        models = self.folder / "sample_model_tests.yaml"
        write_whole(models, SAMPLE_MODEL_TESTS.encode())
        settings = (
            *(f"suite={suite}", f"model_suite={models}"),
            *("epochs=4", "batch_size=64", "least_auc=0.6"),
        )
        return [word for setting in settings for word in ("--set", setting)]


def arguments(about: str) -> Demo:
    """The command line as a `Demo`.

    Args:
        about: What the script does, for its help.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rows", type=int, help="rows of each month (default: all)")
    parser.add_argument("--months", type=month_list, default=CLEAN_MONTHS)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    sample = f"sample-{given.rows}" if given.rows else ""
    folder = given.folder or ROOT / ".cache" / "demo" / sample
    return Demo(folder.absolute(), given.months, given.rows)


def month_list(text: str) -> tuple[int, ...]:
    """ "1,4" as (1, 4)."""
    months = tuple(sorted({int(word) for word in text.split(",")}))
    if not set(months) <= set(CLEAN_MONTHS):
        raise argparse.ArgumentTypeError("months are from 1 to 11, such as 1,4,7")
    return months


def prepare(demo: Demo, console: Console) -> None:
    """Writes the data files, unless they are there already.

    The stamp comes last, so that a stop on the way starts anew.
    """
    stamp = demo.folder / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint(demo):
        return
    console.print(f"Writing the flights of 2013, month by month, to {demo.folder}")
    for name in FOLDERS:
        for old in (demo.folder / name).glob("*.csv"):
            old.unlink()
    source = read_source()
    clean, after = demo.folder / "clean", demo.folder / "next"
    for folder, months in ((clean, demo.months), (demo.folder / "first", demo.first)):
        write_months(folder, months=months, rows=demo.rows, source=source)
    (month,) = write_months(after, months=[BAD_MONTH], rows=demo.rows, source=source)
    faults = write_broken(month, demo.folder / demo.broken)
    write_whole(
        demo.folder / "broken" / "faults.txt",
        "".join(f"{fault.what}\n" for fault in faults).encode(),
    )
    write_whole(stamp, fingerprint(demo).encode())


def fingerprint(demo: Demo) -> str:
    """What the files were made from, and how long each one is."""
    files = [(demo.folder / name) for name in demo.wanted]
    sizes = {str(f): f.stat().st_size if f.is_file() else None for f in files}
    return json.dumps([VERSION, SEED, demo.months, demo.rows, sizes])
