"""Where models are pushed to, and what of the ledger is where in it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tidegate.columnar.formats import shown
from tidegate.columnar.remote import stores
from tidegate.errors import UsageError
from tidegate.places import Place, Words, place_of

LEDGER = "ledger"
VERSIONS = "versions"
SIGNATURES = "signatures"
POINTER_FILE = "champion.json"
CONFIG_FILE = "models.config"
EVENT_FILE = re.compile(r"([0-9]{12})\.json")
# As TensorFlow Serving takes them, which holds them in 64 bits.
VERSION_NAME = re.compile(r"[0-9]{1,19}")
LARGEST_VERSION = 2**63 - 1
_FIX = "name the folder that models are pushed to: push_to of the pipeline"
_EVENTS = Words("the ledger", "event", "000000000001.json", _FIX)
_CLAIMS = Words("the ledger's versions", "claim", "1763769600", _FIX)
_SIGNATURES = Words("the ledger's signatures", "signature", "1763769600.sig", _FIX)


@dataclass(frozen=True)
class Destination:
    """A folder of pushed models, one sub-folder a version.

    Attributes:
        where: Its absolute path, or its URL.
        local: The path; None where it is in a store.
    """

    where: str
    local: Path | None

    @property
    def url(self) -> str:
        """Its URL, which a local folder has, too."""
        return self.where if self.local is None else f"file://{self.where}"

    @property
    def shown(self) -> str:
        """As a person may read it."""
        return shown(self.where)

    def uri_of(self, version: int) -> str:
        """The folder of a version."""
        return f"{self.where}/{version}"

    def ledger(self) -> Place:
        """Where the events are."""
        return self._place(_EVENTS, LEDGER)

    def claims(self) -> Place:
        """Where the numbers of versions are claimed."""
        return self._place(_CLAIMS, LEDGER, VERSIONS)

    def signatures(self) -> Place:
        """Where the signatures are."""
        return self._place(_SIGNATURES, LEDGER, SIGNATURES)

    def _place(self, words: Words, *steps: str) -> Place:
        if self.local is not None:
            return place_of(self.local.joinpath(*steps), words)
        return place_of("/".join((self.where, *steps)), words)


def destination_of(pushed: str | Path | Destination) -> Destination:
    """The destination that a path or URL names.

    Raises:
        UsageError: It is empty.
    """
    if isinstance(pushed, Destination):
        return pushed
    text = str(pushed)
    if not text:
        raise UsageError(
            "it is not said where models are pushed to",
            expected="a folder, or a URL such as gs://bucket/flights/pushed",
            got="an empty text",
            fix="set push_to",
        )
    path = stores.local_path(text)
    if path is None:
        return Destination(text.rstrip("/"), None)
    absolute = os.path.abspath(os.path.expanduser(path))
    return Destination(absolute, Path(absolute))


def is_version(name: str) -> bool:
    """True for the name of a folder that servers take for a version."""
    return bool(VERSION_NAME.fullmatch(name)) and 0 < int(name) <= LARGEST_VERSION
