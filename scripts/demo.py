"""Runs the flights pipeline from clean data to a model in production, and back.

    python scripts/demo.py [--rows N] [--months 1,4,7] [--folder DIR]

Six acts: the first months push a model; a broken month shuts the first gate; a
worse and a leaky challenger shut the second; a better one, which went on from the
champion's weights, becomes the champion; and a rollback takes it back. Exits with 0
only if each behaved as promised. With --rows it takes a sample of each month, for a
quick look.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from demo_data import BAD_MONTH, Demo, arguments, prepare  # noqa: E402
from tidegate.errors import ExitCode, TidegateError  # noqa: E402
from tidegate.ledger.ledger import Ledger  # noqa: E402
from tidegate.report.model import read_report, write_whole  # noqa: E402

PIPELINE = Path("pipelines", "flights")
# One epoch in steps that are too short: it learns, but not enough.
WORSE = ("--set", "epochs=1", "--set", "learning_rate=0.0002")
NUMERIC = 'NUMERIC = ("dep_delay", "distance")'
LEAKY = 'NUMERIC = ("dep_delay", "distance", "arr_delay")'


@dataclass(frozen=True)
class Models:
    """What is pushed.

    Attributes:
        versions: Every version, the newest last.
        champion: The version that serves; None before the first push.
    """

    versions: tuple[int, ...]
    champion: int | None


def main() -> int:
    """All acts; 0 if each behaved as promised."""
    demo = arguments(__doc__.splitlines()[0])
    console = Console(highlight=False)
    try:
        prepare(demo, console)
        return show(demo, console)
    except TidegateError as error:
        console.print("\n".join(error.lines()), style="red", markup=False)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)


def show(demo: Demo, console: Console) -> int:
    """Plays the acts, and says in plain words what each one showed."""
    # The story begins before the first push, whenever it is told.
    shutil.rmtree(demo.pushed, ignore_errors=True)
    acts = (push_first, stop_bad_data, stop_worse, stop_leaky, push_better, go_back)
    for number, act in enumerate(acts, start=1):
        title = (act.__doc__ or "").splitlines()[0].rstrip(".")
        console.rule(f"{number} of {len(acts)} · {title}", align="left")
        if (code := act(demo, console)) != ExitCode.OK:
            return code
        console.print()
    console.print(last_words(demo), markup=False, soft_wrap=True)
    return int(ExitCode.OK)


def push_first(demo: Demo, console: Console) -> int:
    """Clean months: the gates open."""
    console.print(
        "Real flights from New York. The data pass their tests, a model learns who "
        "will\narrive late, is judged, and is pushed.\n"
    )
    code = run(demo, "first", span=max(demo.first))
    found = models(demo)
    if code != ExitCode.OK or found.champion is None:
        return complain(console, "a pushed model and exit code 0", code)
    console.print(f"\nExit code 0. The champion is version {found.champion}.")
    return int(ExitCode.OK)


def stop_bad_data(demo: Demo, console: Console) -> int:
    """A broken month: the first gate shuts."""
    faults = (demo.folder / "broken" / "faults.txt").read_text(encoding="utf-8")
    console.print("December, as a bad export might deliver it:")
    console.print(*(f"  - {line}" for line in faults.splitlines()), sep="\n")
    console.print()
    before = models(demo)
    code = run(demo, "broken", span=BAD_MONTH)
    if code != ExitCode.TESTS_FAILED or models(demo) != before:
        return complain(console, "a shut gate and exit code 1", code)
    console.print(
        "\nExit code 1, as promised: the run stopped before Transform, nothing was "
        "trained,\nand the champion still serves."
    )
    return int(ExitCode.OK)


def stop_worse(demo: Demo, console: Console) -> int:
    """A worse challenger: the second gate shuts."""
    console.print("More months, but somebody shortened the training:\n")
    tests = ("against_champion", "bounds")
    return stopped(demo, console, PIPELINE, WORSE, tests)


def stop_leaky(demo: Demo, console: Console) -> int:
    """A challenger that is too good: the second gate shuts."""
    console.print(
        "Somebody gave the model arr_delay, which nobody knows at departure:\n"
    )
    tests = ("too_good", "single_feature")
    return stopped(demo, console, leaky(demo), (), tests)


def push_better(demo: Demo, console: Console) -> int:
    """A better challenger, on newer data: it becomes the champion."""
    before = models(demo)
    console.print(
        "All clean months, going on from the champion's weights. Both models are "
        "judged on the\nsame flights, which neither has learned from.\n"
    )
    code = run(
        demo, "clean", span=max(demo.months), settings=("--set", "warm_start=true")
    )
    found = models(demo)
    if code != ExitCode.OK or found.champion in (None, before.champion):
        return complain(console, "a new champion and exit code 0", code)
    console.print(f"\nExit code 0. The champion is version {found.champion}.")
    return int(ExitCode.OK)


def go_back(demo: Demo, console: Console) -> int:
    """A rollback: one command, and the former champion serves."""
    before = models(demo)
    where = ("--pushed", demo.pushed)
    reason = "passengers complain about warnings"
    code = tidegate("models", "rollback", *where, "--reason", reason)
    found = models(demo)
    if code != ExitCode.OK or found.champion in (None, before.champion):
        return complain(console, "the former champion and exit code 0", code)
    console.print()
    for words in (("models", "list"), ("lineage", str(found.champion))):
        if (code := tidegate(*words, *where)) != ExitCode.OK:
            return complain(console, f"exit code 0 of {words[0]}", code)
        console.print()
    return int(ExitCode.OK)


def stopped(
    demo: Demo,
    console: Console,
    folder: Path,
    settings: Sequence[str],
    tests: Sequence[str],
) -> int:
    """Runs a challenger that must not be pushed, for the reason expected."""
    before = models(demo)
    code = run(demo, "clean", span=max(demo.months), folder=folder, settings=settings)
    failed = failed_model_tests(demo)
    right = code == ExitCode.TESTS_FAILED and models(demo) == before
    if not right or not failed & set(tests):
        wanted = f"a shut gate by {' or '.join(tests)}, and exit code 1"
        got = f"{code}, failed: {', '.join(sorted(failed)) or 'none'}"
        return complain(console, wanted, code, got)
    console.print(
        f"\nExit code 1, as promised: stopped by {', '.join(sorted(failed))}. "
        "The champion still serves.",
        soft_wrap=True,
    )
    return int(ExitCode.OK)


def leaky(demo: Demo) -> Path:
    """A copy of the pipeline whose model sees how late a flight arrived."""
    copy = demo.folder / "leaky"
    shutil.rmtree(copy, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for part in (PIPELINE, Path("schemas", "flights")):
        shutil.copytree(ROOT / part, copy / part, ignore=ignored)
    (copy / PIPELINE.parent / "__init__.py").touch()
    features = copy / PIPELINE / "user_code" / "flights_features.py"
    text = features.read_text(encoding="utf-8")
    if NUMERIC not in text:
        raise ValueError(f"{features} has no line {NUMERIC}")
    write_whole(features, text.replace(NUMERIC, LEAKY).encode())
    return copy / PIPELINE


def failed_model_tests(demo: Demo) -> set[str]:
    """Names of the tests that the newest model did not pass."""
    folders = demo.output.glob("artifacts/ModelTests/report/*")
    reports = sorted(folders, key=lambda folder: int(folder.name))
    if not reports:
        return set()
    return {result.test for result in read_report(reports[-1]).failed}


def models(demo: Demo) -> Models:
    """What is pushed."""
    state = Ledger(demo.pushed).state()
    return Models(tuple(sorted(state.versions)), state.champion)


def run(
    demo: Demo,
    data: str,
    *,
    span: int,
    folder: Path = PIPELINE,
    settings: Sequence[str] = (),
) -> int:
    """The exit code of `tidegate run`, which shows its own progress."""
    files = demo.folder / data / "flights-*.csv"
    words = ("run", folder, "--data", files, "--span", span, "--output", demo.output)
    return tidegate(*words, *demo.settings(), *settings)


def tidegate(*arguments: object) -> int:
    """The exit code of a command, which shows its own progress."""
    command = [sys.executable, "-m", "tidegate.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def complain(console: Console, wanted: str, code: int, got: str | None = None) -> int:
    """Says what was promised and did not happen; the exit code of the demo."""
    console.print(f"✗ expected {wanted}, got {got or code}", markup=False)
    return code or int(ExitCode.BROKEN)


def last_words(demo: Demo) -> str:
    """What to try next."""
    return f"""Try next:
  tidegate models log --pushed {demo.pushed}
      everything that was ever decided about these models
  tidegate run pipelines/flights --data {demo.folder / "next"} --span 12
      the same December without the faults
  schemas/flights/data_tests.yaml, schemas/flights/model_tests.yaml
      the tests, one line each: change a limit and run again
  tidegate init NAME
      a pipeline of your own"""


if __name__ == "__main__":
    sys.exit(main())
