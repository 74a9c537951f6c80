"""Compiles the flights pipeline for Kubeflow, and runs what was compiled.

    python scripts/kubeflow_demo.py [--rows N] [--months 1,4,7] [--folder DIR]

Four acts: both targets are compiled; the plan says what changed since the last
compile; the spec for open-source KFP runs from its file to a pushed model; and on
a broken month it stops, with its report kept. Exits with 0 only if all four
behaved as promised.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from demo_data import BAD_MONTH, Demo, arguments, prepare  # noqa: E402
from tidegate.errors import ExitCode, TidegateError  # noqa: E402
from tidegate.report.model import PAGE_FILE, write_whole  # noqa: E402

# As if the last release had been another one.
BEFORE = ("--set", "batch_size=512", "--image", "tidegate:before")


@dataclass(frozen=True)
class Kubeflow:
    """What is compiled and run, and where.

    Attributes:
        demo: The data, and the settings of a sample.
        folder: Holds the specs, the runs and the pushed models.
    """

    demo: Demo
    folder: Path

    @property
    def spec(self) -> Path:
        """The spec for open-source KFP."""
        return self.folder / "flights.yaml"

    @property
    def job(self) -> Path:
        """The job for Vertex AI."""
        return self.folder / "flights-vertex.json"

    @property
    def previous(self) -> Path:
        """What the spec was before."""
        return self.folder / "flights-before.yaml"

    @property
    def pushed(self) -> Path:
        """Where models are pushed to."""
        return self.folder / "pushed"

    def models(self) -> list[Path]:
        """Every pushed model, the newest last."""
        return sorted(file.parent for file in self.pushed.glob("*/saved_model.pb"))

    def pages(self) -> set[Path]:
        """The pages of all reports in the store."""
        return set((self.folder / "runs" / "store").rglob(PAGE_FILE))


def main() -> int:
    """All acts; 0 if each behaved as promised."""
    given = arguments(__doc__.splitlines()[0])
    console = Console(highlight=False)
    subject = Kubeflow(given, given.folder / "kubeflow")
    try:
        prepare(given, console)
        for act in (compile_both, show_plan, run_spec, run_on_bad_data):
            if (code := act(subject, console)) != ExitCode.OK:
                return code
    except TidegateError as error:
        console.print("\n".join(error.lines()), style="red", markup=False)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    console.print(last_words(subject), markup=False, soft_wrap=True)
    return int(ExitCode.OK)


def compile_both(subject: Kubeflow, console: Console) -> int:
    """Compiles for both targets, and keeps the spec that was there."""
    console.rule("1 of 4 · one pipeline, two targets", align="left")
    old = subject.spec.read_bytes() if subject.spec.is_file() else None
    code = compiled(subject, subject.spec, "kfp", "dev")
    if code != ExitCode.OK:
        return code
    if old is not None and old != subject.spec.read_bytes():
        write_whole(subject.previous, old)
    elif compiled(subject, subject.previous, "kfp", "dev", *BEFORE) != ExitCode.OK:
        return int(ExitCode.BROKEN)
    code = compiled(subject, subject.job, "vertex", "vertex")
    console.print()
    return code


def show_plan(subject: Kubeflow, console: Console) -> int:
    """Says what changed since the spec before."""
    console.rule("2 of 4 · what the change means", align="left")
    code = tidegate("plan", subject.previous, subject.spec)
    console.print()
    return code


def run_spec(subject: Kubeflow, console: Console) -> int:
    """Runs the spec from its file, to a pushed model."""
    console.rule("3 of 4 · the compiled spec runs: the gate opens", align="left")
    before = subject.models()
    code = executed(subject, "clean", span=max(subject.demo.months))
    if code != ExitCode.OK or subject.models() == before:
        console.print(f"✗ expected a pushed model and exit code 0, got {code}")
        return code or int(ExitCode.BROKEN)
    model = subject.models()[-1]
    console.print(f"\nExit code 0. The model to serve: {model}\n", soft_wrap=True)
    return int(ExitCode.OK)


def run_on_bad_data(subject: Kubeflow, console: Console) -> int:
    """Runs the spec on a broken month, which has to stop it and leave a report."""
    console.rule("4 of 4 · a broken month: the gate shuts", align="left")
    models, pages = subject.models(), subject.pages()
    code = executed(subject, "broken", span=BAD_MONTH)
    kept = subject.pages() - pages
    if code != ExitCode.TESTS_FAILED or subject.models() != models or not kept:
        console.print(
            f"✗ expected a shut gate, exit code 1 and a report, got {code} "
            f"and {len(kept)} reports"
        )
        return code or int(ExitCode.BROKEN)
    page = kept.pop()
    console.print(f"\nExit code 1. The report was kept: {page}\n", soft_wrap=True)
    return int(ExitCode.OK)


def compiled(subject: Kubeflow, output: Path, target: str, env: str, *more: str) -> int:
    """The exit code of `tidegate compile`."""
    settings = subject.demo.settings()
    return tidegate(
        *("compile", "pipelines/flights", "--target", target, "--env", env),
        *("-o", output, *settings, *more),
    )


def executed(subject: Kubeflow, data: str, *, span: int) -> int:
    """The exit code of `tidegate run-spec`."""
    files = subject.demo.folder / data / "flights-*.csv"
    return tidegate(
        *("run-spec", subject.spec, "--output", subject.folder / "runs"),
        *("--param", f"data={files}", "--param", f"span={span}"),
        *("--param", f"push_to={subject.pushed}"),
    )


def tidegate(*arguments: object) -> int:
    """The exit code of a command, which shows its own progress."""
    command = [sys.executable, "-m", "tidegate.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def last_words(subject: Kubeflow) -> str:
    """What was shown, and what to try next."""
    return f"""What ran here is the file that a cluster would run:
  {subject.spec}
No cluster was used: kubeflow/README.md takes one from empty to a scheduled run.

Try next:
  tidegate submit {subject.spec} --host http://localhost:8080
      send it to Kubeflow Pipelines
  tidegate compile pipelines/flights --env prod --image NAME@sha256:… -o prod.yaml
      the same pipeline for production, by kubeflow/prod.yaml"""


if __name__ == "__main__":
    sys.exit(main())
