"""Calls to the REST API of Kubeflow Pipelines, and what their failures mean."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from tidegate.errors import TidegateError, UsageError
from tidegate.submission.answers import demand_identity, items_of
from tidegate.submission.credentials import Credentials
from tidegate.submission.host import API, Host
from tidegate.submission.refusals import as_error
from tidegate.submission.retrying import (
    AGAIN,
    CallFailed,
    RetryPolicy,
    seconds_to_wait,
)

PAGE_SIZE = 100
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Connection:
    """A connection to one server; it may be used by several threads.

    Args:
        host: The server.
        credentials: What proves who is asking.
        policy: How patient to be.
        tell: Hears one line about every call that is made again.
        transport: What carries the calls, for tests; None for the network.
    """

    def __init__(
        self,
        host: Host,
        credentials: Credentials | None = None,
        policy: RetryPolicy | None = None,
        *,
        tell: Callable[[str], None] = lambda line: None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.host = host
        self.credentials = credentials or Credentials()
        self.policy = policy or RetryPolicy()
        self.tell = tell
        # Refuses what must not be sent before anything is.
        self.credentials.headers(host)
        self._client = httpx.Client(
            verify=_verification(self.credentials),
            timeout=httpx.Timeout(self.policy.answer, connect=self.policy.connect),
            limits=httpx.Limits(max_connections=32),
            transport=transport,
        )

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The answer to a call that may be made twice without harm.

        Raises:
            TidegateError: The server refuses it, or could not be reached in time.
        """
        try:
            for attempt in self.policy.calls(self.heard):
                with attempt:
                    return self.once(method, path, query=query, body=body)
        except CallFailed as failure:
            raise self.error(failure) from None
        raise AssertionError("there is always a first call")

    def once(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """The answer to a call, made once.

        Args:
            method: `GET`, `POST` or `DELETE`.
            path: Below `/apis/v2beta1`.
            query: Query parameters; those that are None or empty are left out.
            body: Sent as JSON.
            file: Name and content of a file to upload.

        Raises:
            CallFailed: It did not succeed; it says what is known about that.
        """
        given = {k: v for k, v in (query or {}).items() if v not in (None, "")}
        try:
            response = self._client.request(
                method,
                f"{self.host.url}{API}{path}",
                params=given,
                json=body,
                files=None if file is None else {"uploadfile": file},
                headers=self.credentials.headers(self.host),
            )
        except httpx.HTTPError as error:
            raise self._lost(error) from None
        answer = self._answer(response)
        demand_identity(answer, method, path)
        return answer

    def pages(
        self, path: str, key: str, query: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page.

        Args:
            path: Of the list.
            key: Under which a page has its items.
            query: Query parameters; a filter as `equals` makes it.
        """
        token = ""
        while True:
            asked = {**query, "page_size": PAGE_SIZE, "page_token": token}
            page = self.call("GET", path, query=asked)
            try:
                yield from items_of(page, key)
            except CallFailed as failure:
                raise self.error(failure) from None
            token = page.get("next_page_token") or ""
            if not token:
                return

    def error(self, failure: CallFailed) -> TidegateError:
        """The failure as an error that a user can act upon."""
        return as_error(failure, self.host)

    def heard(self, failure: CallFailed) -> None:
        """Tells that a call is made again."""
        self.tell(f"trying again: {failure.message}")

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        status = response.status_code
        if response.is_success:
            return self._content(response)
        said = _said(response)
        raise CallFailed(
            self.credentials.redacted(said or f"HTTP {status}"),
            status=status,
            retry_after=seconds_to_wait(response.headers.get("Retry-After")),
            unclear=status >= 500,
            # An answer of KFP's own means that it has finished, a gateway's not.
            late=status in (502, 503, 504),
            transient=status in AGAIN,
        )

    def _content(self, response: httpx.Response) -> dict[str, Any]:
        try:
            content = response.json() if response.content.strip() else {}
        except ValueError:
            content = None
        if isinstance(content, dict):
            return content
        raise CallFailed("a web page, or something else than JSON", status=200)

    def _lost(self, error: httpx.HTTPError) -> CallFailed:
        text = self.credentials.redacted(str(error) or type(error).__name__)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            return CallFailed(text, status=495)
        sent = not isinstance(error, _NEVER_SENT)
        if isinstance(error, httpx.TimeoutException):
            text = "no answer in time" if sent else "no connection in time"
        transient = isinstance(error, httpx.TransportError) and not isinstance(
            error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
        )
        return CallFailed(text, unclear=sent, late=sent, transient=transient)


def equals(**fields: str) -> str:
    """A filter on fields that must have these values.

    The server decodes it once more after the query has been decoded, so a plus or
    a percent sign in a name has to be encoded twice to arrive.
    """
    predicates = [
        {"key": key, "operation": "EQUALS", "string_value": value}
        for key, value in fields.items()
    ]
    return quote(json.dumps({"predicates": predicates}), safe="")


def _said(response: httpx.Response) -> str:
    """What an error's body says, of the API itself or of what stands before it."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        said = body.get("message") or body.get("error_message") or body.get("error")
        if isinstance(said, str) and said:
            return said[:600]
    text = " ".join(response.text.split())
    plain = text if text and not text.startswith("<") else ""
    return f"HTTP {response.status_code} {plain or response.reason_phrase}"[:300]


def _verification(credentials: Credentials) -> ssl.SSLContext | bool:
    if credentials.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(credentials.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            "--ca-file cannot be read",
            where=str(credentials.ca_file),
            expected="certificates in PEM form",
            got=error.strerror or type(error).__name__,
            fix="name the file of the authority that signed the server's certificate",
        ) from None
