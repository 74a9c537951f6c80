"""Runs the flights pipeline on clean months, then on a broken one.

    python scripts/demo.py [--rows N] [--months 1,4,7] [--folder DIR]

Exits with 0 only if the clean months pushed a model and the broken month shut
the gate. With --rows it takes a sample of each month, for a quick look.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from pipelines.flights.data import (  # noqa: E402
    file_name,
    read_source,
    sample_suite,
    write_months,
)
from pipelines.flights.faults import SEED, write_broken  # noqa: E402

from tidegate.errors import ExitCode, TidegateError  # noqa: E402
from tidegate.report.model import write_whole  # noqa: E402

CLEAN_MONTHS = tuple(range(1, 12))
BAD_MONTH = 12
STAMP = "prepared.json"
# Raised whenever the files would come out differently.
VERSION = 1
SUITE = ROOT / "schemas" / "flights" / "data_tests.yaml"


@dataclass(frozen=True)
class Demo:
    """What is run, and where.

    Attributes:
        folder: Holds `clean`, `next` and `broken`, the CSV files.
        months: The clean months.
        rows: Rows of each month; None is all of them.
    """

    folder: Path
    months: tuple[int, ...]
    rows: int | None

    @property
    def output(self) -> Path:
        """Folder of the runs: the usual one, unless this is a sample."""
        if self.rows is None:
            return ROOT / ".tidegate" / "flights"
        return self.folder / "runs"

    @property
    def wanted(self) -> list[Path]:
        """Every data file, relative to `folder`."""
        clean = [Path("clean") / file_name(month) for month in self.months]
        return [*clean, Path("next", file_name(BAD_MONTH)), self.broken]

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
        settings = (f"suite={suite}", "epochs=4", "batch_size=64", "most_auc_drop=0.2")
        return [word for setting in settings for word in ("--set", setting)]


def main() -> int:
    """Both halves; 0 if both behaved as promised."""
    demo, console = arguments(), Console(highlight=False)
    try:
        prepare(demo, console)
        return show(demo, console)
    except TidegateError as error:
        console.print("\n".join(error.lines()), style="red", markup=False)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)


def arguments() -> Demo:
    """The command line as a `Demo`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
    for name in ("clean", "next", "broken"):
        for old in (demo.folder / name).glob("*.csv"):
            old.unlink()
    source = read_source()
    clean, after = demo.folder / "clean", demo.folder / "next"
    write_months(clean, months=demo.months, rows=demo.rows, source=source)
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


def show(demo: Demo, console: Console) -> int:
    """Runs both halves and says in plain words what each one showed."""
    console.rule("1 of 2 · clean months: the gate opens", align="left")
    console.print(
        "Real flights from New York. The data pass their tests, a model learns who "
        "will\narrive late, is judged, and is pushed.\n"
    )
    code = run(demo, "clean", span=max(demo.months))
    models = pushed(demo)
    if code != ExitCode.OK or not models:
        console.print(f"✗ expected a pushed model and exit code 0, got {code}")
        return code or int(ExitCode.BROKEN)
    console.print(f"\nExit code 0. The model to serve: {models[-1]}\n", soft_wrap=True)
    console.rule("2 of 2 · a broken month: the gate shuts", align="left")
    faults = (demo.folder / "broken" / "faults.txt").read_text(encoding="utf-8")
    console.print("December, as a bad export might deliver it:")
    console.print(*(f"  - {line}" for line in faults.splitlines()), sep="\n")
    console.print()
    code = run(demo, "broken", span=BAD_MONTH)
    if code != ExitCode.TESTS_FAILED or pushed(demo) != models:
        console.print(f"✗ expected a shut gate and exit code 1, got {code}")
        return code or int(ExitCode.BROKEN)
    console.print(last_words(demo), markup=False, soft_wrap=True)
    return int(ExitCode.OK)


def run(demo: Demo, data: str, *, span: int) -> int:
    """The exit code of `tidegate run`, which shows its own progress."""
    command = [sys.executable, "-m", "tidegate.cli.main", "run", "pipelines/flights"]
    command += ["--data", str(demo.folder / data / "flights-*.csv")]
    command += ["--span", str(span), "--output", str(demo.output), *demo.settings()]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def pushed(demo: Demo) -> list[Path]:
    """Every pushed model, the newest last."""
    return sorted(file.parent for file in demo.output.glob("pushed/*/saved_model.pb"))


def last_words(demo: Demo) -> str:
    """What the second half showed, and what to try next."""
    return f"""
Exit code 1, as promised: the run stopped before Transform, nothing was trained,
and the model pushed before is still the one to serve.

Try next:
  tidegate run pipelines/flights --data {demo.folder / "next"} --span 12
      the same December without the faults
  schemas/flights/data_tests.yaml
      the tests, one line each: change a limit and run again
  tidegate init NAME
      a pipeline of your own"""


if __name__ == "__main__":
    sys.exit(main())
