"""Which versions could serve: their files are there, whole, and those of the push."""

from __future__ import annotations

from tidegate.errors import SecurityError, TidegateError, UsageError
from tidegate.ledger.claims import claimed
from tidegate.ledger.destination import SIGNATURES
from tidegate.ledger.digests import digest_at
from tidegate.ledger.events import PushedModel
from tidegate.ledger.folders import recorded_at, version_at, versions_there
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.refusals import (
    changed,
    claimed_otherwise,
    not_whole,
    unknown,
)
from tidegate.ledger.state import State


class Held:
    """What was found whole already: deciding again does not read it again."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._whole: set[int] = set()

    def demand(self, version: int, state: State) -> None:
        """Refuses a version that cannot be served.

        In a folder every byte is read. In a store names and sizes are held against
        the ledger, for on a bad night nobody waits for a download.

        Args:
            version: The version.
            state: What the ledger says.

        Raises:
            UsageError: It is not whole.
            SecurityError: Its files are not those that were pushed.
        """
        if version in self._whole:
            return
        destination = self._ledger.destination
        model = state.versions[version].model
        found = recorded_at(destination, version, model.files if model else None)
        if isinstance(found, str):
            raise not_whole(destination, version, found, state)
        if model is not None and destination.local is not None:
            ours = {name: found.files[name] for name in model.files}
            if digest_at(ours).digest != model.digest:
                raise changed(destination, version)
        self._whole.add(version)


def before(held: Held, state: State, passed: dict[int, TidegateError]) -> int | None:
    """The newest former champion that can be served; None where there is none.

    Args:
        held: What was found whole already.
        state: What the ledger says.
        passed: Takes those that cannot be served, and why.
    """
    for version in reversed(state.former):
        if version == state.champion or version in passed:
            continue
        try:
            held.demand(version, state)
        except (UsageError, SecurityError) as error:
            passed[version] = error
        else:
            return version
    return None


def found_at(ledger: Ledger, version: int, state: State) -> PushedModel:
    """A version that is not on the ledger, with what was said when it was claimed.

    Args:
        ledger: The ledger.
        version: The version.
        state: What the ledger says.

    Raises:
        UsageError: There is none, or it is not whole.
        SecurityError: Its files are not those that were claimed.
    """
    there = version_at(ledger.destination, version)
    if isinstance(there, str):
        if version in versions_there(ledger.destination):
            raise not_whole(ledger.destination, version, there, state)
        raise unknown(ledger.destination, version, state)
    model = digest_at(there.files)
    claim = claimed(ledger.destination, version)
    if claim is not None:
        if claim.model.digest != model.digest:
            raise claimed_otherwise(ledger.destination, version)
        model = claim.model
    # A push signs after its claim, which therefore does not know of it.
    name = f"{version}.sig"
    if name in ledger.destination.signatures().names():
        model = model.model_copy(update={"signature": f"{SIGNATURES}/{name}"})
    return model
