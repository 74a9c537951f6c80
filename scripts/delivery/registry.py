"""Manifests and tags of a container registry, by its HTTP API and Python alone.

The calls are those of the OCI distribution specification 1.1, sections "Pulling
manifests" and "Pushing manifests"
(https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md): a manifest
that is put under a tag byte for byte keeps its digest, and nothing is pulled. The
docker client has no such command: `buildx imagetools create` wraps a single manifest
in an index, which is another digest, before buildx 0.15.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bootstrapping.console import INFRASTRUCTURE
from delivery.cloud_storage import AGAIN, TRIES
from delivery.digests import repository_of
from delivery.errors import SECURITY, DeliveryError
from delivery.registry_access import authorization, is_local

# Whatever form the image has: the digest is that of the bytes in it.
KINDS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# The specification lets registries refuse larger ones.
_LARGEST = 4 << 20
_SECONDS = 60
_HUB = "registry-1.docker.io"


@dataclass(frozen=True)
class Manifest:
    """What a registry keeps under a digest.

    Attributes:
        content: Its bytes.
        kind: Its media type.
    """

    content: bytes
    kind: str

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, which is the image's digest."""
        return "sha256:" + hashlib.sha256(self.content).hexdigest()


class _Still(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the next host would be given the token."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Repository:
    """One repository of a registry: HOST/PATH.

    Args:
        name: The image's name without tag and digest.
        variables: Environment variables.
        pause: Seconds before the second try; each later one waits twice as long.
        actions: What a token is asked for. A registry may refuse to everybody a token
            for pushing to what everybody may pull.
    """

    def __init__(
        self,
        name: str,
        variables: Mapping[str, str] = os.environ,
        pause: float = 1.0,
        actions: str = "pull,push",
    ) -> None:
        self.name, self._actions = name, actions
        self._variables, self._pause = variables, pause
        self._host, self._path = _split(name)
        scheme = "http" if is_local(self._host) else "https"
        self._url = f"{scheme}://{self._host}/v2/"
        self._authorization: str | None = None
        self._open = urllib.request.build_opener(_Still).open

    def manifest(self, reference: str) -> Manifest | None:
        """The manifest of a tag or digest; None where there is none.

        Raises:
            DeliveryError: The registry does not say, or gives other bytes.
        """
        answer = self._ask("GET", reference, {"Accept": ", ".join(KINDS)})
        if answer is None:
            return None
        content, headers = answer
        found = Manifest(content, headers.get("Content-Type", "").split(";")[0].strip())
        said = headers.get("Docker-Content-Digest", "")
        for wanted in (said, reference):
            if wanted.startswith("sha256:") and wanted != found.digest:
                raise DeliveryError(
                    f"the registry's manifest of {self.name}, {reference}, is broken",
                    (
                        f"expected: {wanted}",
                        f"got: {found.digest}",
                        "fix: try again; if it stays so, trust nothing of it",
                    ),
                    SECURITY,
                )
        return found

    def tag(self, tag: str, manifest: Manifest) -> None:
        """Puts a manifest under a tag as it is.

        Raises:
            DeliveryError: The registry does not take it.
        """
        headers = {"Content-Type": manifest.kind}
        if self._ask("PUT", tag, headers, manifest.content) is None:
            raise self._failed("PUT", tag, "404: the registry has no such repository")

    def _ask(
        self, method: str, name: str, more: Mapping[str, str], body: bytes | None = None
    ) -> tuple[bytes, Mapping[str, str]] | None:
        pause, said = self._pause, ""
        url = f"{self._url}{self._path}/manifests/{name}"
        for attempt in range(TRIES):
            if attempt:
                time.sleep(pause)
                pause *= 2
            try:
                headers = {**more, **self._headers()}
                asked = urllib.request.Request(url, body, headers, method=method)
                with self._open(asked, timeout=_SECONDS) as answer:
                    content = answer.read(_LARGEST + 1)
                    if len(content) > _LARGEST:
                        raise self._failed(method, name, "a manifest of over 4 MiB")
                    return content, answer.headers
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 404:
                        return None
                    said = f"{error.code} {_words(error)}"
                if error.code not in AGAIN:
                    break
            except (OSError, http.client.HTTPException) as error:
                said = str(error) or type(error).__name__
        raise self._failed(method, name, said)

    def _headers(self) -> dict[str, str]:
        """What says who asks, in the way that the registry wants it."""
        if self._authorization is None:
            challenge = ""
            try:
                with self._open(self._url, timeout=_SECONDS):
                    pass
            except urllib.error.HTTPError as error:
                if error.code not in (401, 404):
                    raise
                error.close()
                if error.code == 404:
                    raise self._failed("GET", "/v2/", "404: no registry") from None
                challenge = error.headers.get("WWW-Authenticate", "")
            scope = f"repository:{self._path}:{self._actions}"
            try:
                self._authorization = authorization(
                    challenge, self._host, scope, self._variables, self._open
                )
            except urllib.error.HTTPError as error:
                if error.code in AGAIN:
                    raise
                with error:
                    why = f"no token is given: {error.code} {_words(error)}"
                raise self._failed("GET", "/v2/", why) from None
        said = self._authorization
        return {"Authorization": said} if said else {}

    def _failed(self, method: str, name: str, said: str) -> DeliveryError:
        did = "does not say what" if method == "GET" else "does not take"
        end = " is" if method == "GET" else ""
        return DeliveryError(
            f"the registry {did} {self.name}, {name}{end}",
            (
                f"got: {said}",
                "fix: check the name, and what this account may do in the repository",
            ),
            INFRASTRUCTURE,
        )


def remote_digest(reference: str) -> str | None:
    """The digest that a tag means in its registry; None where there is no such tag.

    Args:
        reference: NAME:TAG.

    Raises:
        DeliveryError: The registry does not say.
    """
    repository = repository_of(reference)
    found = Repository(repository, actions="pull").manifest(
        reference[len(repository) + 1 :]
    )
    return found.digest if found else None


def _split(name: str) -> tuple[str, str]:
    """Host and path; as docker reads a name, the Hub's where no host is in it."""
    host, slash, path = name.partition("/")
    if slash and (re.search(r"[.:]", host) or host == "localhost"):
        return host, path
    return _HUB, name if slash else f"library/{name}"


def _words(error: urllib.error.HTTPError) -> str:
    """What the registry says of an error, without anything that it was sent."""
    try:
        first = json.loads(error.read(1 << 16))["errors"][0]
        return f"{first.get('code', '')}: {first.get('message', '')}"[:300]
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return str(error.reason)
