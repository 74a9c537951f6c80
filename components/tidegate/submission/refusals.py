"""What a failed call means to a person, and what to do about it."""

from __future__ import annotations

from tidegate.errors import (
    InfrastructureError,
    SecurityError,
    TidegateError,
    UsageError,
)
from tidegate.submission.host import Host
from tidegate.submission.retrying import CallFailed

_FIXES = {
    400: "change what the server names, and submit again",
    401: "give a valid token: --token-file, TIDEGATE_KFP_TOKEN or --cookie-file",
    403: "ask for the right to do it, or name another --namespace",
    404: "check the id, and that --host ends where the API begins",
    409: "choose another name",
}
BAD_CERTIFICATE = 495


def as_error(failure: CallFailed, host: Host) -> TidegateError:
    """The failure as an error: whose fault it is, and what to do."""
    status = failure.status
    if status == BAD_CERTIFICATE:
        return SecurityError(
            "the server's certificate is not trusted",
            where=host.url,
            got=failure.message,
            fix="give the authority's certificates with --ca-file",
        )
    if status is not None and (status < 400 or status == 200):
        return UsageError(
            "the server does not answer as Kubeflow Pipelines does",
            where=host.url,
            got=f"HTTP {status}, {failure.message}",
            fix="give a token or --cookie-file if it asks for a login, or check --host",
        )
    if status is not None and status < 500 and status != 429:
        return UsageError(
            _refusal(status),
            where=host.url,
            got=failure.message,
            fix=_FIXES.get(status, "check --host and the command"),
        )
    if failure.retry_after is not None:
        fix = f"the server asks to wait {failure.retry_after:,.0f} s; run it again then"
    else:
        fix = "see that the server is well, and run the same command again"
    what = "the server is busy or broken" if status else "the server is not reached"
    return InfrastructureError(what, where=host.url, got=failure.message, fix=fix)


def _refusal(status: int) -> str:
    if status == 401:
        return "the server does not know who is asking"
    if status == 403:
        return "the server does not allow it"
    if status == 404:
        return "the server has no such thing"
    return "the server refuses it"
