"""Files in Cloud Storage, by its JSON API and nothing but Python itself.

Google's own images have had neither make nor a container engine since July 2025,
so that a build step has `make` or `gcloud`, not both; and what restores the
environment runs before any library is there. The calls are those of
https://cloud.google.com/storage/docs/json_api/v1/objects (get, insert, list); creating
with `ifGenerationMatch=0` is refused by the server where the name is taken.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bootstrapping.console import INFRASTRUCTURE, USAGE
from delivery.errors import DeliveryError
from delivery.stores import Denied, Store

API = "https://storage.googleapis.com"
# As Google's own libraries call it: a server of one's own for tests.
SERVER_VARIABLE = "STORAGE_EMULATOR_HOST"
TOKEN_VARIABLE = "GOOGLE_OAUTH_ACCESS_TOKEN"
# Every build step is asked for by this name, and gets its trigger's account.
METADATA = (
    "http://metadata.google.internal/computeMetadata/v1"
    "/instance/service-accounts/default/token"
)
TRIES = 4
# What the API calls worth another try: too many requests, and its own faults.
AGAIN = (408, 429, 500, 502, 503, 504)
_SECONDS = 120
_EXISTS = 412  # the precondition that there be none does not hold


class CloudStorage(Store):
    """A folder of a bucket: gs://BUCKET/FOLDER.

    Args:
        url: The folder.
        variables: Environment variables.
        pause: Seconds before the second try; each later one waits twice as long.
    """

    def __init__(
        self, url: str, variables: Mapping[str, str] = os.environ, pause: float = 1.0
    ) -> None:
        bucket, _, folder = url[len("gs://") :].partition("/")
        if not bucket:
            raise DeliveryError(
                f"no bucket is named: {url}", ("fix: gs://BUCKET/FOLDER",), USAGE
            )
        self.where = url.rstrip("/")
        self._bucket, self._folder = bucket, folder.strip("/")
        self._variables, self._pause = variables, pause
        self._api = variables.get(SERVER_VARIABLE, "").rstrip("/") or API
        self._token: str | None = None

    def fetch(self, name: str, to: Path) -> bool:
        """Copies an object out of the bucket; False if there is none."""
        quoted = urllib.parse.quote(self._object(name), safe="")
        url = f"{self._api}/storage/v1/b/{self._bucket}/o/{quoted}?alt=media"

        def copy(answer: http.client.HTTPResponse) -> None:
            with open(to, "wb") as stream:
                shutil.copyfileobj(answer, stream, 1 << 20)

        return self._ask(name, url, copy) != 404

    def create(self, name: str, file: Path) -> bool:
        """Copies a file into the bucket; False if an object of that name is there."""
        query = urllib.parse.urlencode(
            {
                "uploadType": "media",
                "name": self._object(name),
                "ifGenerationMatch": "0",
            }
        )
        url = f"{self._api}/upload/storage/v1/b/{self._bucket}/o?{query}"
        try:
            code = self._ask(name, url, lambda answer: answer.read(), file)
        except Denied as denied:
            # Whoever may create and not delete can be denied a name that is taken,
            # whatever the precondition: the answer does not say which it is.
            with tempfile.TemporaryDirectory() as folder:
                if self._is_there(name, Path(folder) / "there"):
                    return False
            raise denied
        return code != _EXISTS

    def names(self, folder: str) -> list[str]:
        """Names of the objects in a folder of the bucket, however many pages."""
        prefix = self._object(folder) + "/"
        query = {"prefix": prefix, "delimiter": "/", "maxResults": "1000"}
        query["fields"] = "items(name),nextPageToken"
        found: list[str] = []
        while True:
            page = self._page(folder, urllib.parse.urlencode(query))
            found += [one["name"][len(prefix) :] for one in page.get("items", [])]
            if not page.get("nextPageToken"):
                return found
            query["pageToken"] = page["nextPageToken"]

    def _page(self, folder: str, query: str) -> dict[str, Any]:
        url, content = f"{self._api}/storage/v1/b/{self._bucket}/o?{query}", bytearray()
        code = self._ask(folder, url, lambda answer: content.extend(answer.read()))
        try:
            page: dict[str, Any] = json.loads(content.decode("utf-8"))
        except ValueError:
            got = "no bucket of this name" if code == 404 else "the answer is no JSON"
            raise DeliveryError(
                f"{self.path(folder)} cannot be listed: {got}",
                ("fix: check the bucket's name",),
                INFRASTRUCTURE,
            ) from None
        return page

    def _is_there(self, name: str, to: Path) -> bool:
        try:
            return self.fetch(name, to)
        except DeliveryError:
            return False  # The error of the write says more.

    def _object(self, name: str) -> str:
        return f"{self._folder}/{name}" if self._folder else name

    def _ask(self, name: str, url: str, use: object, file: Path | None = None) -> int:
        """The status of the answer: 200, or what says that there is none or one."""
        pause, said, denied = self._pause, "", False
        for attempt in range(TRIES):
            if attempt:
                time.sleep(pause)
                pause *= 2
            try:
                return self._once(url, use, file)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == (404 if file is None else _EXISTS):
                        return int(error.code)
                    said, denied = f"{error.code} {_words(error)}", error.code == 403
                if error.code not in AGAIN:
                    break
            except (OSError, http.client.HTTPException) as error:
                said = str(error) or type(error).__name__
        kind = Denied if denied else DeliveryError
        raise kind(
            f"{self.path(name)} cannot be {'written' if file else 'read'}: {said}",
            ("fix: check the bucket's name and the rights of this build's account",),
            INFRASTRUCTURE,
        )

    def _once(self, url: str, use: object, file: Path | None) -> int:
        headers = {"Authorization": f"Bearer {self._bearer()}"}
        if file is None:
            with urllib.request.urlopen(
                urllib.request.Request(url, headers=headers), timeout=_SECONDS
            ) as answer:
                use(answer)  # type: ignore[operator]
                return 200
        headers["Content-Length"] = str(file.stat().st_size)
        headers["Content-Type"] = "application/octet-stream"
        with open(file, "rb") as stream:
            request = urllib.request.Request(
                url, data=stream, headers=headers, method="POST"
            )
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                use(answer)  # type: ignore[operator]
                return 200

    def _bearer(self) -> str:
        if self._token is None:
            self._token = access_token(self._variables)
        return self._token


def _words(error: urllib.error.HTTPError) -> str:
    """What Google says of an error: often the account and the missing permission."""
    try:
        said = json.loads(error.read(1 << 16))["error"]["message"]
        return " ".join(str(said).split())[:500]
    except (OSError, ValueError, KeyError, TypeError):
        return str(error.reason)


def access_token(variables: Mapping[str, str]) -> str:
    """A token of the account that this runs as; never shown.

    Args:
        variables: Environment variables; one may hold the token.

    Raises:
        DeliveryError: There is none to be had.
    """
    given = variables.get(TOKEN_VARIABLE, "")
    if given or variables.get(SERVER_VARIABLE):
        return given or "none"
    request = urllib.request.Request(METADATA, headers={"Metadata-Flavor": "Google"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(json.load(answer)["access_token"])
    except (OSError, ValueError, KeyError):
        pass
    try:
        command = ["gcloud", "auth", "print-access-token"]
        said = subprocess.check_output(command, stderr=subprocess.DEVNULL)
        return said.decode().strip()
    except (OSError, subprocess.CalledProcessError):
        raise DeliveryError(
            "no account of Google Cloud is at hand",
            (
                "looked at: the metadata server, gcloud, and " + TOKEN_VARIABLE,
                "fix: run it in Cloud Build, or: gcloud auth login",
            ),
            INFRASTRUCTURE,
        ) from None
