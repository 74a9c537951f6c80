"""Where a pipeline's runs and pushed models are, from what a person gave."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tidegate.pipeline_folder import PIPELINE_FILE


@dataclass(frozen=True)
class Places:
    """Where to look.

    Attributes:
        root: Output folder of the pipeline, with metadata and records of runs.
        pushed: Absolute folder, or URL, of the pushed models.
    """

    root: Path
    pushed: str


def demand_places(folder: Path | None, root: Path | None, pushed: str | None) -> Places:
    """The places that a pipeline folder, or the options, name.

    Args:
        folder: A pipeline folder, whose settings say where.
        root: The output folder, in the place of that of the pipeline.
        pushed: The destination, in the place of that of the pipeline; or a pipeline
            folder.

    Raises:
        UsageError: Nothing is named and there is not one to be seen here, or the
            folder is no pipeline.
    """
    from tidegate.cli.models_options import place_named
    from tidegate.ledger.destination import destination_of

    if folder is None and pushed is not None and _is_pipeline(pushed):
        folder, pushed = Path(pushed), None
    if folder is not None:
        from tidegate.pipeline_folder import PipelineFolder

        overrides = {} if root is None else {"output": str(root.absolute())}
        config = PipelineFolder.find(folder).config(overrides)
        root, pushed = config.root, pushed or config.push_to
    elif pushed is None and root is not None:
        pushed = str(root.absolute() / "pushed")
    destination = destination_of(place_named(pushed))
    # Models stand in the output folder, unless they are pushed elsewhere.
    beside = Path() if destination.local is None else destination.local.parent
    return Places(Path(os.path.abspath(root or beside)), destination.where)


def _is_pipeline(pushed: str) -> bool:
    return "://" not in pushed and (Path(pushed) / PIPELINE_FILE).is_file()
