"""Does the gate of flights close? Seeded corruptions, and clean months, counted.

Usage: python benchmarks/gate_proof.py [--months 2 6 9] [--every 1] [--write]
Each month is judged by the shipped schema and suite, with the other eleven months
as accepted spans. With --write the table goes to docs/benchmarks/gate-proof.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import timing

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipelines.flights.data import write_months  # noqa: E402
from pipelines.flights.faults import read_text  # noqa: E402

from tidegate.columnar.open_data import open_dataset  # noqa: E402
from tidegate.data_tests.evaluate import Circumstances, evaluate  # noqa: E402
from tidegate.data_tests.proof import verdict_by  # noqa: E402
from tidegate.data_tests.reference import Reference, SpanSummary  # noqa: E402
from tidegate.data_tests.reference.summarising import summarise  # noqa: E402
from tidegate.data_tests.schema_verdict import read_schema  # noqa: E402
from tidegate.data_tests.suite import load_suite  # noqa: E402
from tidegate.report.model import TestReport  # noqa: E402
from tidegate.testing import KINDS, Case, sweep  # noqa: E402

FOLDER = ROOT / "schemas" / "flights"
SCHEMA, SUITE = FOLDER / "schema.pbtxt", FOLDER / "data_tests.yaml"
KEY = ("carrier", "flight", "origin", "time_hour")
YEAR = 2013
SEVERITIES = (0.05, 0.3)
# A month may have a tenth fewer flights than another: less than half is a fault.
OF_COUNTS = frozenset({"fewer_rows", "lost_rows"})
SEVERITY_OF_COUNTS = 0.5


@dataclass
class Months:
    """Clean months of flights, and what accepted ones look like.

    Attributes:
        files: File of each month.
        summaries: What each was like when it was accepted.
    """

    files: dict[int, Path]
    summaries: dict[int, SpanSummary] = field(default_factory=dict)

    @classmethod
    def written(cls, folder: Path) -> Months:
        """All months of the year, in files in this folder."""
        paths = write_months(folder)
        return cls(dict(enumerate(paths, 1))).summarised()

    def summarised(self) -> Months:
        """The same, with a summary of every month."""
        suite, schema = load_suite(SUITE), read_schema(SCHEMA)
        for month, file in self.files.items():
            found = evaluate(
                suite, open_dataset(str(file)), schema=schema, sampled=True
            )
            assert found.whole is not None
            self.summaries[month] = summarise(
                found.whole, f"{month:02d}", month, found.figures
            )
        return self

    def given(self, month: int) -> Circumstances:
        """The circumstances of one month: all others were accepted."""
        others = (s for m, s in self.summaries.items() if m != month)
        first = datetime(YEAR + month // 12, month % 12 + 1, 1, tzinfo=timezone.utc)
        return Circumstances(
            span=month, reference=Reference(tuple(others)), now=first + timedelta(1)
        )

    def verdict(self, month: int) -> Callable[[pa.Table], TestReport]:
        """What judges a table that is meant to be this month."""
        return verdict_by(SUITE, schema=SCHEMA, given=self.given(month))

    def judge(self, month: int) -> TestReport:
        """The verdict on a clean month."""
        dataset = open_dataset(str(self.files[month]))
        return evaluate(
            load_suite(SUITE),
            dataset,
            schema=read_schema(SCHEMA),
            given=self.given(month),
        ).report


def cases(table: pa.Table) -> Iterator[Case]:
    """Every corruption of a month that some test is meant to catch."""
    for kinds, severities in (
        (KINDS - OF_COUNTS, SEVERITIES),
        (OF_COUNTS, (SEVERITY_OF_COUNTS,)),
    ):
        for case in sweep(
            table,
            key=KEY,
            time="time_hour",
            slice_by="origin",
            references=["dest"],
            severities=severities,
            kinds=kinds,
        ):
            if not case.harmless:
                yield case


def tried(
    months: Months, month: int, every: int
) -> Iterator[tuple[Case, str, TestReport]]:
    """Each corruption of a month, what it did, and the verdict."""
    table = read_text(months.files[month])
    verdict = months.verdict(month)
    for number, case in enumerate(cases(table)):
        if number % every == 0:
            broken, fault = case.apply(table)
            yield case, fault.what, verdict(broken)


def main() -> None:
    """Tries all, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, nargs="+", default=[2, 6, 9])
    parser.add_argument("--every", type=int, default=1, help="take each n-th case")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        months = Months.written(Path(folder))
        alarms = [m for m in months.files if not months.judge(m).passed]
        kinds: dict[str, list[int]] = {}
        escaped: list[str] = []
        for month in given.months:
            for case, what, report in tried(months, month, given.every):
                caught, total = kinds.setdefault(case.kind, [0, 0])
                kinds[case.kind] = [caught + (not report.passed), total + 1]
                if report.passed:
                    escaped.append(f"month {month}, {case.name}: {what}")
                    print(f"escaped: {escaped[-1]}", file=sys.stderr, flush=True)
    text = page(kinds, escaped, alarms, given, time.monotonic() - started)
    if given.write:
        timing.write(ROOT / "docs" / "benchmarks" / "gate-proof.md", text)
    else:
        print(text)


def page(
    kinds: dict[str, list[int]],
    escaped: Sequence[str],
    alarms: Sequence[int],
    given: argparse.Namespace,
    seconds: float,
) -> str:
    """The result as Markdown."""
    total = sum(tried for _, tried in kinds.values())
    caught = sum(held for held, _ in kinds.values())
    listed = "\n".join(f"- {one}" for one in escaped) or "None."
    rows = [[k, str(held), str(tried)] for k, (held, tried) in sorted(kinds.items())]
    return (
        "# The gate of flights, against seeded corruptions\n\n"
        f"{date.today()}; {timing.machine()}.\n"
        f"`python benchmarks/gate_proof.py --months {' '.join(map(str, given.months))} "
        f"--every {given.every}`, "
        f"{seconds:.0f} s: months {', '.join(map(str, given.months))}, shares "
        f"{', '.join(f'{s:.0%}' for s in SEVERITIES)} of the rows, "
        f"{SEVERITY_OF_COUNTS:.0%} where rows are lost.\n\n"
        f"**{caught} of {total} corruptions shut the gate. "
        f"{len(alarms)} of 12 clean months did**, each held against the other eleven.\n"
        "Order of columns is not significant and is left out. The limits of the suite\n"
        "were chosen with all twelve months known.\n\n"
        f"## Escaped\n\n{listed}\n\n## By kind\n\n"
        + timing.table(["kind", "caught", "tried"], rows)
        + "\n"
    )


if __name__ == "__main__":
    main()
