"""Signatures of models, by the library model-signing: with a private key of one's own.

A signature says over all files of a model, by name and SHA-256, who pushed it. The
ledger's digests alone say only that nothing changed since: whoever can write to
the folder can write digests, too.
"""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from tidegate.columnar.formats import shown
from tidegate.errors import UsageError

_PACKAGE = "model_signing"


def demand_signer(key: Path) -> None:
    """Refuses a key that cannot sign, before anything is done.

    Raises:
        UsageError: model-signing is not installed, or it is no private key.
    """
    _signer(key)


def signature_of(folder: Path, key: Path) -> bytes:
    """The signature over a model's files.

    Args:
        folder: The model's folder on this machine.
        key: PEM file of a private key on an elliptic curve, without a password.

    Raises:
        UsageError: model-signing is not installed, or it is no private key.
    """
    config = _signer(key).set_hashing_config(_every_file())
    with tempfile.TemporaryDirectory(prefix="tidegate-sign-") as within:
        path = Path(within) / "model.sig"
        config.sign(folder, path)
        return path.read_bytes()


def signature_fault(folder: Path, signature: bytes, public_key: Path) -> str | None:
    """Why a signature does not hold for a model; None if it holds.

    Args:
        folder: The model's folder on this machine.
        signature: What `signature_of` gave.
        public_key: PEM file of the signer's public key.

    Raises:
        UsageError: model-signing is not installed, or it is no public key.
    """
    config = _verifier(public_key).set_hashing_config(_every_file())
    with tempfile.TemporaryDirectory(prefix="tidegate-sign-") as within:
        path = Path(within) / "model.sig"
        path.write_bytes(signature)
        try:
            config.verify(folder, path)
        except OSError:
            raise
        except Exception as error:  # a damaged signature breaks what reads it
            return _said(error)
    return None


def _signer(key: Path) -> Any:
    config = _part("signing").Config()
    try:
        return config.use_elliptic_key_signer(private_key=key)
    except Exception as error:  # a key is not what is expected in many ways
        raise _no_key(key, "private", error) from None


def _verifier(key: Path) -> Any:
    config = _part("verifying").Config()
    try:
        return config.use_elliptic_key_verifier(public_key=key)
    except Exception as error:  # a key is not what is expected in many ways
        raise _no_key(key, "public", error) from None


def _every_file() -> Any:
    """No file is left out, as `.gitignore` is otherwise."""
    config = _part("hashing").Config()
    return config.set_ignored_paths(paths=(), ignore_git_paths=False)


def _part(name: str) -> Any:
    try:
        return import_module(f"{_PACKAGE}.{name}")
    except ImportError as error:
        there = not (error.name or _PACKAGE).startswith(_PACKAGE)
        raise UsageError(
            "signatures need a package that is not installed",
            expected="model-signing, and what it imports",
            got=str(error).splitlines()[0],
            # It comes with pins that the stack of TFX 1.16 does not meet.
            fix="sign and verify in an environment with urllib3 2 and pyOpenSSL, "
            "such as that of TFX 1.21"
            if there
            else "pip install 'tidegate[signing]'",
        ) from None


def _no_key(key: Path, kind: str, error: Exception) -> UsageError:
    made = {
        "private": "openssl ecparam -name prime256v1 -genkey -noout -out key.pem",
        "public": "openssl ec -in key.pem -pubout -out key.pub",
    }
    # What the error says may hold a part of the key: its kind tells enough.
    got = error.strerror if isinstance(error, OSError) else type(error).__name__
    return UsageError(
        f"it is no {kind} key that can be used",
        where=shown(str(key)),
        expected=f"a PEM file of a {kind} key on the curve P-256, P-384 or P-521"
        + (", without a password" if kind == "private" else ""),
        got=got,
        fix=made[kind],
    )


def _said(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:300]
