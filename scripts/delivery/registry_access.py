"""Who asks a registry, said as the registry wants to hear it.

A registry answers `GET /v2/` with a challenge: Basic, or Bearer with the address that
gives tokens (https://distribution.github.io/distribution/spec/auth/token/). To Google's
registries an account is the user `oauth2accesstoken` with an access token
(https://cloud.google.com/artifact-registry/docs/docker/authentication#token); to
others, what `docker login` left. Google's token goes to no other host.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bootstrapping.console import INFRASTRUCTURE
from delivery.cloud_storage import TOKEN_VARIABLE, access_token
from delivery.errors import DeliveryError

_GOOGLE = re.compile(r"(?:^|\.)(?:gcr\.io|pkg\.dev)\Z")
_LOCAL = re.compile(r"(?:localhost|127(?:\.[0-9]+){3}|\[::1\])(?::[0-9]+)?")
_FIELD = re.compile(r'([a-z]+)="([^"]*)"')
_SECONDS = 60


def is_local(host: str) -> bool:
    """Whether docker speaks plain HTTP to a host: this machine only."""
    return bool(_LOCAL.fullmatch(host))


def authorization(
    challenge: str,
    host: str,
    scope: str,
    variables: Mapping[str, str],
    ask: Callable[..., Any],
) -> str:
    """The header that answers a challenge; empty where none is due.

    Args:
        challenge: What the registry wants, as WWW-Authenticate says it.
        host: The registry.
        scope: What is to be done: `repository:PATH:pull,push`.
        variables: Environment variables.
        ask: Opens a request.

    Raises:
        DeliveryError: The challenge is of another kind.
    """
    form, _, rest = challenge.partition(" ")
    basic = _basic(host, variables) if challenge else ""
    if form.lower() in ("", "basic"):
        return basic
    fields = dict(_FIELD.findall(rest))
    realm = fields.get("realm", "")
    secure = realm.startswith("https://") or (
        is_local(host) and is_local(urllib.parse.urlsplit(realm).netloc)
    )
    if form.lower() != "bearer" or not secure:
        raise DeliveryError(
            f"the registry {host} asks for what cannot be given: {challenge[:200]}",
            ("fix: use one that takes Basic, or Bearer with a realm by https",),
            INFRASTRUCTURE,
        )
    query = {"service": fields.get("service", ""), "scope": scope}
    url = f"{realm}?{urllib.parse.urlencode(query)}"
    headers = {"Authorization": basic} if basic else {}
    with ask(urllib.request.Request(url, headers=headers), timeout=_SECONDS) as answer:
        said = json.load(answer)
    return f"Bearer {said.get('token') or said.get('access_token')}"


def _basic(host: str, variables: Mapping[str, str]) -> str:
    """User and password for a host; empty for nobody in particular."""
    token = ""
    if _GOOGLE.search(host):
        try:
            token = access_token(variables)
        except DeliveryError:
            token = ""  # Public images need none; others are refused by the registry.
    elif is_local(host):
        token = variables.get(TOKEN_VARIABLE, "")
    if token:
        return (
            "Basic " + base64.b64encode(f"oauth2accesstoken:{token}".encode()).decode()
        )
    known = _logged_in(host, variables)
    return f"Basic {known}" if known else ""


def _logged_in(host: str, variables: Mapping[str, str]) -> str:
    folder = variables.get("DOCKER_CONFIG") or Path(
        variables.get("HOME", "/"), ".docker"
    )
    try:
        said = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        kept = said.get("auths", {})
        one = kept.get(host) or kept.get(f"https://{host}") or {}
        return str(one.get("auth") or "")
    except (OSError, ValueError, AttributeError):
        return ""
