"""Compiles every pipeline of a checkout for every environment, in one process.

    python compiling.py FOLDER JOBS.json

Run with the checkout as working directory and its sources first on the path: those
of main compile main. Loading TFX takes most of the time, so it is done once. Only the
command line of `tidegate` is used, for that is what a checkout of another day has too.
What became of each job is written to FOLDER/outcomes.json.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr
from pathlib import Path

OUTCOMES = "outcomes.json"


def main(folder: Path, jobs: list[dict[str, str]]) -> None:
    """Compiles each job into the folder."""
    from tidegate.cli.main import main as tidegate

    outcomes = []
    for job in jobs:
        said = io.StringIO()
        sys.argv = ["tidegate", "compile", job["pipeline"], "--target", job["target"]]
        sys.argv += ["--env", job["env"], "--image", job["image"]]
        sys.argv += ["-o", str(folder / job["file"])]
        code = 0
        try:
            with redirect_stderr(said):
                tidegate()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 3
        outcomes.append({"file": job["file"], "code": code, "said": said.getvalue()})
        print(said.getvalue(), file=sys.stderr, end="", flush=True)
    text = json.dumps(outcomes, indent=2)
    (folder / OUTCOMES).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
