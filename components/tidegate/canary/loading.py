"""A version as a server gets it: from where it was pushed to, and whole."""

from __future__ import annotations

from pathlib import Path

from tidegate.columnar.remote.fetching import fetch
from tidegate.errors import ComponentError, SecurityError, UsageError
from tidegate.ledger.destination import Destination
from tidegate.ledger.digests import digest_of, model_digest
from tidegate.ledger.folders import recorded_at
from tidegate.ledger.refusals import command
from tidegate.ledger.state import State


def folder_of(
    destination: Destination, version: int, state: State, temporary: Path
) -> Path:
    """Folder on this machine of a version that is what was pushed.

    Args:
        destination: Where it was pushed to.
        version: The version.
        state: What the ledger says.
        temporary: Where a version of a store is copied to.

    Raises:
        UsageError: It is not whole any more.
        SecurityError: Its files are not those that were pushed.
        InfrastructureError: The store does not answer.
    """
    model = state.versions[version].model
    if model is None:
        raise ComponentError(
            f"the ledger does not say what version {version} is",
            where=destination.shown,
            expected="the files of its push",
            got="none",
            fix=command(destination, f"verify {version}"),
        )
    found = recorded_at(destination, version, model.files)
    if isinstance(found, str):
        raise UsageError(
            f"version {version} cannot be served",
            where=destination.uri_of(version),
            expected="all files that were pushed",
            got=found,
            fix=command(destination, f"verify {version}"),
        )
    if destination.local is not None:
        folder = destination.local / str(version)
    else:
        folder = temporary / str(version)
        files = {folder / name: found.files[name] for name in model.files}
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
        fetch(files)
    here = digest_of(folder).files
    ours = {name: here[name] for name in model.files if name in here}
    if model_digest(ours) != model.digest:
        raise SecurityError(
            f"the files of version {version} are not those that were pushed",
            where=destination.uri_of(version),
            expected=f"SHA-256 {model.digest[:12]}…",
            got="another",
            fix=command(destination, f"verify {version}") + " tells which",
        )
    return folder
