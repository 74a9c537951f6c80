"""How soon the container of a compiled step has done its work, on few rows.

Usage: python benchmarks/step_start.py [--rounds 5] [--write]
The steps up to the first gate run by `tidegate run-spec`, each as a process of its
own, as in a container; what is timed is from its start to its end. The peer is the
start of TFX's own container command, which does nothing but import (`--help`):
every stock step on Vertex AI has that before its work. Both in turn.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import timing
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipelines.flights.data import write_months  # noqa: E402

from tidegate import stack  # noqa: E402

ROWS = 1000
STOCK = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"
STEPS = {
    "champion": "Champion",
    "example-gen": "ExampleGen",
    "statistics-gen": "StatisticsGen",
    "data-tests": "DataTests, 130 tests",
    "data-gate": "Gate",
    "import-schema-gen": "ImportSchemaGen, a stock executor",
}
TIDEGATE = [sys.executable, "-m", "tidegate.cli.main"]


def main() -> None:
    """Times both, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found: dict[str, list[timing.Run]] = {STOCK: []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_months(folder / "data", months=[1], rows=ROWS)
        spec = first_steps(folder)
        for _ in range(given.rounds):
            found[STOCK].append(timing.run([sys.executable, "-m", STOCK, "--help"]))
            for task, seconds in steps_of(spec, folder).items():
                once = timing.Run(seconds, 0.0, 0.0, 0)
                found.setdefault(task, []).append(once)
    text = page(found, given.rounds)
    current = stack.current()
    name = f"step-start-{current.name if current else 'unknown'}.md"
    if given.write:
        timing.write(ROOT / "docs" / "benchmarks" / name, text)
    else:
        print(text)


def first_steps(folder: Path) -> Path:
    """The compiled flights pipeline up to its first gate."""
    whole = folder / "flights.yaml"
    compiled = [*TIDEGATE, "compile", "pipelines/flights", "-o", str(whole)]
    subprocess.run(compiled, cwd=ROOT, check=True, capture_output=True)
    spec, platform = yaml.safe_load_all(whole.read_text())
    tasks = spec["root"]["dag"]["tasks"]
    spec["root"]["dag"]["tasks"] = {name: tasks[name] for name in STEPS}
    kept = folder / "first.yaml"
    kept.write_text(yaml.safe_dump_all([spec, platform]))
    return kept


def steps_of(spec: Path, folder: Path) -> dict[str, float]:
    """Seconds of each step in one run, one after the other."""
    command = [*TIDEGATE, "run-spec", str(spec), "--no-cache", "--jobs", "1", "--json"]
    command += ["--output", str(folder / "runs")]
    command += ["--param", f"data={folder / 'data' / '*.csv'}"]
    command += ["--param", f"push_to={folder / 'pushed'}"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    said: dict[str, Any] = json.loads(done.stdout)
    # On a sample, tests of how much there is may shut the gate; it ran all the same.
    return {one["task"]: one["seconds"] for one in said["tasks"] if one["seconds"]}


def page(found: dict[str, list[timing.Run]], rounds: int) -> str:
    """The table in Markdown."""
    stock = timing.median(found[STOCK])
    rows = [
        ["stock container command, imports alone", timing.spread(found[STOCK]), "1×"]
    ]
    rows += [
        [name, timing.spread(found[task]), f"{stock / timing.median(found[task]):.0f}×"]
        for task, name in STEPS.items()
    ]
    return (
        "# From the start of a step's container to its end\n\n"
        f"{ROWS:,} flights; {date.today()}.\n"
        f"{timing.machine()}.\n"
        f"`python benchmarks/step_start.py --rounds {rounds}`: the process of each\n"
        "step up to the first gate, as `tidegate run-spec` starts it, and the peer in\n"
        "turn; seconds are median (smallest–largest). The peer is the start of TFX's\n"
        "own container command, which every stock step on Vertex AI has before its\n"
        "work. Ours are whole: they start, work, and tell what came out.\n\n"
        + timing.table(["step", "seconds", "sooner"], rows)
        + "\n"
    )


if __name__ == "__main__":
    main()
