"""Where a Kubeflow Pipelines API is, and where a person looks at its runs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from tidegate.errors import SecurityError, UsageError

API = "/apis/v2beta1"


@dataclass(frozen=True)
class Host:
    """A Kubeflow Pipelines server.

    Attributes:
        url: Address without a slash at its end, without credentials.
    """

    url: str

    @classmethod
    def parse(cls, text: str) -> Host:
        """The host at an address, as a person copies it from a browser.

        Raises:
            UsageError: It is no http or https address.
            SecurityError: There are credentials in it.
        """
        parts = _split(text.strip())
        if parts.username is not None or parts.password is not None:
            raise SecurityError(
                "the address has credentials in it, which end up in logs",
                where="--host",
                expected="an address without user and password",
                fix="take them out, and give --token-file or TIDEGATE_KFP_TOKEN",
            )
        path = parts.path.rstrip("/").removesuffix(API)
        return cls(urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", "")))

    @property
    def guarded(self) -> bool:
        """Whether a token that is sent there stays among those that may see it.

        Over https it does, and on this machine. Within a cluster the API speaks
        plain http; names that end in .svc lead nowhere outside of one.
        """
        parts = urlsplit(self.url)
        name = (parts.hostname or "").lower()
        return parts.scheme == "https" or _is_local(name) or self.in_cluster

    @property
    def in_cluster(self) -> bool:
        """Whether it is named as a service of a Kubernetes cluster."""
        name = (urlsplit(self.url).hostname or "").lower()
        return name.endswith((".svc", ".svc.cluster.local"))

    def page(self, kind: str, identity: str) -> str:
        """Address of the page of a run, recurring run or pipeline.

        Args:
            kind: `runs`, `recurringrun` or `pipelines`.
            identity: Its id.
        """
        return f"{self.url}/#/{kind}/details/{quote(identity, safe='')}"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and parts.hostname
        parts.port  # noqa: B018  # It is looked at only when it is asked for.
    except ValueError:
        known = None
    if not known:
        raise UsageError(
            "this is no address of a Kubeflow Pipelines server",
            where="--host",
            expected="such as https://kubeflow.example.com/pipeline",
            got=_shown(text),
            fix="write it with http:// or https://",
        )
    return parts


def _shown(text: str) -> str:
    """The text without what may be a password."""
    return text.rpartition("@")[2][:120] or "nothing"


def _is_local(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
