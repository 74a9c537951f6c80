"""A wheel is signed by a key or refused; a changed one does not pass."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path

import pytest

from supply import signing
from tidegate.errors import ExitCode, SecurityError, UsageError

SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQ="


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "bed-1.0-py3-none-any.whl").write_bytes(b"feathers")
    return dist


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, str]:
    """A private and its public key; skips where model-signing cannot be loaded."""
    try:
        importlib.import_module("model_signing.signing")
    except ImportError as error:
        pytest.skip(f"model-signing cannot be loaded on this stack: {error}")
    ec = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ec")
    forms = importlib.import_module("cryptography.hazmat.primitives.serialization")
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = tmp_path / "key.pem", tmp_path / "key.pub"
    private.write_bytes(
        key.private_bytes(
            forms.Encoding.PEM,
            forms.PrivateFormat.TraditionalOpenSSL,
            forms.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return str(private), str(public)


def test_signed_wheel_passes(folder: Path, keys: tuple[str, str]) -> None:
    made = signing.sign(folder, keys[0])
    assert [path.name for path in made] == ["bed-1.0-py3-none-any.whl.sig"]
    assert [path.name for path in signing.verify(folder, keys[1])] == [
        "bed-1.0-py3-none-any.whl"
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "bed-1.0-py3-none-any.whl",
        "bed-1.0-py3-none-any.whl.sig",
    ]


@pytest.mark.parametrize("how", ["one byte", "no signature", "another", "damaged"])
def test_wheel_that_was_not_signed_so_is_refused(
    folder: Path, keys: tuple[str, str], how: str
) -> None:
    (signature,) = signing.sign(folder, keys[0])
    wheel = signature.with_suffix("")
    if how == "one byte":
        wheel.write_bytes(b"feathers!")
    elif how == "no signature":
        signature.unlink()
    elif how == "damaged":
        signature.write_text("{}")
    else:
        wheel.rename(wheel.with_name("cot-1.0-py3-none-any.whl"))
    with pytest.raises(SecurityError) as caught:
        signing.verify(folder, keys[1])
    assert caught.value.exit_code is ExitCode.SECURITY


@pytest.mark.parametrize("key", ["", "  "])
def test_without_a_key_it_is_refused_and_not_skipped(folder: Path, key: str) -> None:
    with pytest.raises(UsageError, match="SIGN_KEY"):
        signing.sign(folder, key)
    with pytest.raises(UsageError, match="PUBLIC_KEY"):
        signing.verify(folder, key)
    assert len(list(folder.iterdir())) == 1


def test_folder_without_wheels_is_refused(
    tmp_path: Path, keys: tuple[str, str]
) -> None:
    with pytest.raises(UsageError, match="there is no wheel"):
        signing.sign(tmp_path / "none", keys[0])


def test_what_stands_in_a_key_is_never_told(
    folder: Path, keys: tuple[str, str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pem"
    marks = "EC PRIVATE KEY-----"
    bad.write_text(f"-----BEGIN {marks}\n{SECRET}\n-----END {marks}\n")
    with pytest.raises(UsageError, match="no private key") as caught:
        signing.sign(folder, str(bad))
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.as_dict())


def test_wheel_bears_the_time_of_its_commit() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        ["make", "-n", "wheel", "SIGN_KEY=", "BOOTSTRAP_PYTHON=python3"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    time = ["git", "log", "-1", "--format=%ct"]
    told = subprocess.run(time, cwd=root, capture_output=True, text=True, check=False)
    stated = told.stdout.strip() or "315532800"
    assert f'SOURCE_DATE_EPOCH="{stated}"' in done.stdout
