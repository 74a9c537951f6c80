"""Whether pushed models are, byte for byte, what was pushed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tidegate.columnar.remote.fetching import fetch
from tidegate.columnar.remote.mirror import RemoteFile
from tidegate.errors import TidegateError, raise_all
from tidegate.ledger import signing
from tidegate.ledger.destination import LEDGER, Destination
from tidegate.ledger.digests import digest_at
from tidegate.ledger.events import PushedModel
from tidegate.ledger.folders import files_at
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.refusals import unknown

Signature = Literal["unchecked", "unsigned", "holds", "broken"]


@dataclass(frozen=True)
class Verified:
    """What was found of one version.

    Attributes:
        version: The version.
        served: Whether it is champion or canary.
        gone: Whether nothing of it is there any more.
        missing: Files of the ledger that are not there.
        extra: Files that are there but not on the ledger.
        changed: Files with another content than was pushed.
        signature: What became of its signature.
        fault: Why the signature is broken; None if it is not.
    """

    version: int
    served: bool
    gone: bool = False
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    signature: Signature = "unchecked"
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """True if all is as it was pushed; one that is gone must serve nobody."""
        if self.gone:
            return not self.served
        differs = self.missing or self.extra or self.changed
        return not differs and self.signature in ("unchecked", "holds")


def verify(
    pushed: str | Path,
    versions: Iterable[int] | None = None,
    *,
    public_key: Path | None = None,
) -> tuple[Verified, ...]:
    """Holds models against the digests of the ledger, and against their signatures.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.
        versions: The versions; None takes all.
        public_key: Public key of the signer; None leaves signatures unchecked.

    Raises:
        UsageError: A version is not on the ledger; all, as `Problems`.
        InfrastructureError: The place does not answer.
    """
    ledger = Ledger(pushed)
    state = ledger.state()
    wanted = sorted(state.versions) if versions is None else list(versions)
    errors: list[TidegateError] = [
        unknown(ledger.destination, one, state)
        for one in wanted
        if one not in state.versions
    ]
    raise_all("there are no such versions", errors)
    serving = {state.champion, state.canary.version if state.canary else None}
    return tuple(
        _verified(
            ledger.destination,
            version,
            state.versions[version].model,
            version in serving,
            public_key,
        )
        for version in wanted
    )


def _verified(
    destination: Destination,
    version: int,
    model: PushedModel | None,
    served: bool,
    public_key: Path | None,
) -> Verified:
    recorded = {} if model is None else model.files
    there = files_at(destination, version)
    if not there:
        return Verified(version, served, gone=True)
    both = {name: file for name, file in there.items() if name in recorded}
    found = digest_at(both).files
    signature, fault = _signature(destination, model, there, public_key)
    return Verified(
        version,
        served,
        missing=tuple(sorted(recorded.keys() - there.keys())),
        extra=tuple(sorted(there.keys() - recorded.keys())),
        changed=tuple(sorted(one for one in both if found[one] != recorded[one])),
        signature=signature,
        fault=fault,
    )


def _signature(
    destination: Destination,
    model: PushedModel | None,
    there: dict[str, RemoteFile],
    public_key: Path | None,
) -> tuple[Signature, str | None]:
    """What became of a signature, and what is wrong with it."""
    if public_key is None:
        return "unchecked", None
    name = None if model is None else model.signature
    if name is None:
        return "unsigned", None
    try:
        content = destination.ledger().read(name)
    except OSError:
        return "broken", f"there is no {LEDGER}/{name}"
    with tempfile.TemporaryDirectory(prefix="tidegate-verify-") as within:
        folder = _here(destination, there, Path(within))
        fault = signing.signature_fault(folder, content, public_key)
    return ("holds", None) if fault is None else ("broken", fault)


def _here(destination: Destination, there: dict[str, RemoteFile], within: Path) -> Path:
    """The version's folder, or a copy of it where it is in a store."""
    first = next(iter(there))
    if destination.local is not None:
        return Path(there[first].path.removesuffix(f"/{first}"))
    files = {within.joinpath(*name.split("/")): file for name, file in there.items()}
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
    fetch(files)
    return within
