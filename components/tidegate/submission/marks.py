"""How a run, a recurring run or a version is known again on the server.

Kubeflow Pipelines has no key by which a repeated request is known for what it is,
and lets any number of runs have one name. So the name is made to be the key, and a
line in the description says what the thing was made of. A `run_id` can be sent,
and the server keeps it, but it is no key: the workflow is started before the row
with that id is written, so that a second request would start a second workflow,
unseen.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

# A description has room for 255 characters; this takes a third.
_LINE = "submitted by tidegate, submission {token}, content {digest}"
_MARK = re.compile(
    r"submitted by tidegate, submission ([0-9a-f]{16}), content ([0-9a-f]{32})"
)


@dataclass(frozen=True)
class Mark:
    """What a thing on the server says about the submission that made it.

    Attributes:
        token: Of one submission by one process.
        digest: Of the specification, the parameters and all else that was sent.
    """

    token: str
    digest: str

    @property
    def line(self) -> str:
        """The mark as it stands in a description."""
        return _LINE.format(token=self.token, digest=self.digest)


def new_token() -> str:
    """A token that no other submission has."""
    return secrets.token_hex(8)


def mark_of(thing: dict[str, Any]) -> Mark | None:
    """The mark in a thing's description; None if another client made it."""
    found = _MARK.search(str(thing.get("description") or ""))
    return None if found is None else Mark(found[1], found[2])
