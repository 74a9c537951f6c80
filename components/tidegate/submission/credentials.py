"""Who is asking: tokens and cookies, read when they are sent and shown to nobody."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from tidegate.errors import SecurityError, UsageError
from tidegate.submission.host import Host

VARIABLE = "TIDEGATE_KFP_TOKEN"
# The two places where Kubeflow Pipelines' own client looks within a cluster.
POD_VARIABLE = "KF_PIPELINES_SA_TOKEN_PATH"
POD_FILE = Path("/var/run/secrets/kubeflow/pipelines/token")
HIDDEN = "[hidden]"


@dataclass(frozen=True)
class Credentials:
    """What proves to a server who is asking.

    A token is looked for in the file that was named, in TIDEGATE_KFP_TOKEN, and
    in the token that Kubernetes gives to a pod for Kubeflow Pipelines. It is read
    anew for every call, because Kubernetes replaces it every hour.

    Attributes:
        token_file: File with a bearer token; None for none.
        cookie_file: File with the value of a Cookie header; None for none.
        ca_file: Certificates that the server's is checked against; None: the
            usual ones.
        insecure: Whether a token may go over http to another machine.
    """

    token_file: Path | None = None
    cookie_file: Path | None = None
    ca_file: Path | None = None
    insecure: bool = False
    _seen: set[str] = field(default_factory=set, repr=False, compare=False)

    def headers(self, host: Host) -> dict[str, str]:
        """The headers to send to `host`.

        Raises:
            SecurityError: They would go over the network for all to read.
            UsageError: A file cannot be read, or holds no token.
        """
        headers: dict[str, str] = {}
        token = self._token(host)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if self.cookie_file is not None:
            headers["Cookie"] = self._kept(_line("--cookie-file", self.cookie_file))
        if headers and not (host.guarded or self.insecure):
            raise SecurityError(
                "the token would be sent over http, for all on the way to read",
                where=host.url,
                expected="an https address",
                fix="use https, or add --insecure where the network is trusted",
            )
        return headers

    def redacted(self, text: str) -> str:
        """The text with every token and cookie that was sent taken out."""
        for secret in sorted(self._seen, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def _token(self, host: Host) -> str | None:
        if self.token_file is not None:
            return self._kept(_line("--token-file", self.token_file))
        if token := os.environ.get(VARIABLE, "").strip():
            return self._kept(_demand_header(VARIABLE, token))
        if named := os.environ.get(POD_VARIABLE):
            return self._kept(_line(POD_VARIABLE, Path(named)))
        # A pod's token is not for every host that someone names.
        if host.in_cluster and POD_FILE.is_file():
            return self._kept(_line("the pod's token", POD_FILE))
        return None

    def _kept(self, secret: str) -> str:
        self._seen.add(secret)
        # A server may quote a single cookie out of several.
        pairs = (part.partition("=")[2].strip() for part in secret.split(";"))
        self._seen.update(value for value in pairs if len(value) >= 8)
        return secret


def _line(option: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        got = error.strerror if isinstance(error, OSError) else "bytes, no text"
        raise UsageError(
            f"{option} cannot be read",
            where=str(path),
            got=got,
            fix="name a file that holds it, on one line",
        ) from None
    return _demand_header(f"{option} {path}", text)


def _demand_header(where: str, text: str) -> str:
    """The text, if it can stand in a header; errors do not repeat it."""
    if text and text.isascii() and text.isprintable():
        return text
    raise UsageError(
        "there is no token that can be sent",
        where=where,
        expected="one line of printable ASCII",
        got="nothing" if not text else "several lines or other characters",
        fix="put the token there, and nothing else",
    )
