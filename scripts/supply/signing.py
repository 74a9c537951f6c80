"""Signs wheels, and verifies their signatures, by model-signing as models are.

Beside `dist/NAME.whl` lies `dist/NAME.whl.sig`. The key is named by its file; what
stands in it is never shown.
"""

from __future__ import annotations

import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from tidegate.errors import SecurityError, UsageError

KEY_MADE_BY = "openssl ecparam -name prime256v1 -genkey -noout -out key.pem"
PUBLIC_MADE_BY = "openssl ec -in key.pem -pubout -out key.pub"


def sign(folder: Path, key: str) -> tuple[Path, ...]:
    """The signatures of every wheel in a folder, made anew.

    Raises:
        UsageError: No key was named, it is none, or there is no wheel.
    """
    if not key.strip():
        raise UsageError(
            "no key was named, and a wheel without a signature must not pass for one",
            expected="the PEM file of a private key",
            fix=f"make sign SIGN_KEY=key.pem; such a key is made by: {KEY_MADE_BY}",
        )
    signer = _config("signing", "elliptic_key_signer", "private_key", key)
    return tuple(_signed(signer, wheel) for wheel in _wheels(folder))


def verify(folder: Path, public_key: str) -> tuple[Path, ...]:
    """The wheels of a folder, each of which the key's owner signed as it is.

    Raises:
        UsageError: No key was named, it is none, or there is no wheel.
        SecurityError: A wheel has no signature, or one that does not hold.
    """
    if not public_key.strip():
        raise UsageError(
            "no key was named to verify by",
            expected="the PEM file of the signer's public key",
            fix=f"make verify-wheel PUBLIC_KEY=key.pub; made by: {PUBLIC_MADE_BY}",
        )
    verifier = _config("verifying", "elliptic_key_verifier", "public_key", public_key)
    return tuple(_verified(verifier, wheel) for wheel in _wheels(folder))


def signature_of(wheel: Path) -> Path:
    """Where the signature of a wheel lies."""
    return wheel.with_name(f"{wheel.name}.sig")


def _wheels(folder: Path) -> tuple[Path, ...]:
    found = tuple(sorted(folder.glob("*.whl")))
    if not found:
        raise UsageError("there is no wheel", where=str(folder), fix="make wheel")
    return found


def _signed(signer: Any, wheel: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=wheel.parent, prefix=".sign-") as within:
        made = Path(within, "wheel.sig")
        signer.sign(wheel, made)
        with made.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(made, signature_of(wheel))
    return signature_of(wheel)


def _verified(verifier: Any, wheel: Path) -> Path:
    signature = signature_of(wheel)
    if not signature.is_file():
        raise SecurityError(
            "the wheel has no signature",
            where=str(wheel),
            expected=str(signature),
            fix="take it from who built the wheel, or do not install it",
        )
    try:
        verifier.verify(wheel, signature)
    except OSError:
        raise
    except Exception:  # a damaged signature breaks what reads it
        raise SecurityError(
            "the signature does not hold: another key, or the wheel was changed",
            where=str(wheel),
            fix="do not install it",
        ) from None
    return wheel


def _config(part: str, method: str, argument: str, key: str) -> Any:
    config = import_module(f"model_signing.{part}").Config()
    hashing = import_module("model_signing.hashing").Config()
    # Nothing is left out, as files of git are otherwise.
    config.set_hashing_config(
        hashing.set_ignored_paths(paths=(), ignore_git_paths=False)
    )
    kind = argument.split("_")[0]
    try:
        return getattr(config, f"use_{method}")(**{argument: Path(key)})
    except Exception as error:  # a key is not what is expected in many ways
        got = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise UsageError(
            f"it is no {kind} key that can be used",
            where=key,
            expected=f"a PEM file of a {kind} key on the curve P-256, P-384 or P-521"
            + (", without a password" if kind == "private" else ""),
            # What the error says may hold a part of the key: its kind tells enough.
            got=got,
            fix=KEY_MADE_BY if kind == "private" else PUBLIC_MADE_BY,
        ) from None
