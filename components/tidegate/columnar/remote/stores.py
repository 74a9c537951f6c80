"""The stores that fsspec knows, by the scheme of a URL.

`minio://` is what KFP calls the S3 store of its cluster: the same protocol at
an address of its own.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from tidegate.columnar.formats import shown
from tidegate.errors import InfrastructureError, TidegateError, UsageError

_SIGN = "://"
_LOCAL = "file://"
_MINIO = "minio"
# Where open-source KFP has its store, unless the environment says otherwise.
_ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
_ENDPOINT = "http://minio-service.kubeflow:9000"
_EXTRAS = {"gs": "gcs", "gcs": "gcs", "s3": "s3", "s3a": "s3", _MINIO: "s3"}


def is_url(text: str) -> bool:
    """True for what is at a store, or names a file of this machine by a scheme."""
    return _SIGN in text


def is_known(text: str) -> bool:
    """False for a URL of a scheme that neither fsspec nor KFP has."""
    if not is_url(text):
        return True
    known = import_module("fsspec").available_protocols()
    return scheme_of(text) in (*known, _MINIO)


def scheme_of(url: str) -> str:
    """What is before `://`."""
    return url.partition(_SIGN)[0]


def local_path(text: str) -> str | None:
    """The path that a text without a scheme, or of `file://`, names."""
    if text.startswith(_LOCAL):
        return text[len(_LOCAL) :]
    return None if is_url(text) else text


def opened(url: str) -> tuple[Any, str]:
    """fsspec's file system of a URL, and the path in it.

    Raises:
        UsageError: Nothing here knows the scheme.
    """
    scheme = scheme_of(url)
    if "::" in url:
        raise UsageError(
            "URLs within URLs are not read",
            where=shown(url),
            expected="one URL, such as gs://bucket/data/*.csv",
            got="several, joined by ::",
            fix="unpack the files first",
        )
    try:
        core = import_module("fsspec.core")
        if scheme == _MINIO:
            endpoint = os.environ.get(_ENDPOINT_VARIABLE) or _ENDPOINT
            rest = url.partition(_SIGN)[2]
            store, path = core.url_to_fs(f"s3://{rest}", endpoint_url=endpoint)
        else:
            store, path = core.url_to_fs(url)
    except ImportError as error:
        raise _no_package(url, scheme, error) from None
    except ValueError as error:
        raise UsageError(
            "nothing here knows such a URL",
            where=shown(url),
            expected="a path, gs://…, s3://… or another URL that fsspec knows",
            got=str(error),
            fix="check the URL, or install the package that knows it",
        ) from None
    except Exception as error:  # stores raise what their clients raise
        raise unreached(url, error) from error
    return store, str(path).rstrip("/")


def url_of(scheme: str, path: str) -> str:
    """The URL of a path in a store, always the same for the same path."""
    return f"{scheme}{_SIGN}{path.strip('/')}"


def unreached(url: str, error: Exception) -> TidegateError:
    """The error for a store that did not do what it was asked."""
    said = (str(error).splitlines() or [""])[0][:300]
    kind = UsageError if isinstance(error, PermissionError) else InfrastructureError
    return kind(
        "the store did not answer",
        where=shown(url),
        got=f"{type(error).__name__}: {shown(said)}".rstrip(": "),
        fix="check the bucket and the rights of the account"
        if kind is UsageError
        else "check the network, the bucket and the rights, and run again",
    )


def _no_package(url: str, scheme: str, error: ImportError) -> UsageError:
    extra = _EXTRAS.get(scheme)
    return UsageError(
        f"{scheme}:// needs a package that is not installed",
        where=shown(url),
        got=shown(str(error).splitlines()[0]) if str(error) else None,
        fix=f"pip install 'tidegate[{extra}]'"
        if extra
        else f"install fsspec's package for {scheme}://",
    )
