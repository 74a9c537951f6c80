"""Pushed models are held against the ledger's digests and their signatures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
from tests.ledger.small_models import (
    BY,
    REASON,
    names_at,
    pushed_once,
    remove_at,
    small_model,
)

from tidegate.errors import UsageError
from tidegate.ledger import signing
from tidegate.ledger.events import Provenance
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.moving import rollback
from tidegate.ledger.pushing import push
from tidegate.ledger.verifying import Verified, verify


def _write(pushed: str, name: str, content: bytes) -> None:
    store, path = fsspec.core.url_to_fs(pushed)
    store.pipe_file(f"{path}/{name}", content)


def _keys(folder: Path, name: str) -> tuple[Path, Path]:
    """A private and a public key, as openssl makes them; skips without the extra."""
    pytest.importorskip("model_signing.signing", exc_type=ImportError)
    from cryptography.hazmat.primitives import serialization as written
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    pem = written.Encoding.PEM
    private.write_bytes(
        key.private_bytes(
            pem, written.PrivateFormat.TraditionalOpenSSL, written.NoEncryption()
        )
    )
    kind = written.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(key.public_key().public_bytes(pem, kind))
    return private, public


def test_all_that_was_pushed_is_there(pushed: str, tmp_path: Path) -> None:
    versions = [pushed_once(pushed, tmp_path).version for _ in range(2)]
    found = verify(pushed)
    assert [one.version for one in found] == versions
    assert all(one.ok for one in found)
    assert [one.served for one in found] == [False, True]
    assert found[0].signature == "unchecked"


def test_every_difference_is_named(pushed: str, tmp_path: Path) -> None:
    one = pushed_once(pushed, tmp_path).version
    two = pushed_once(pushed, tmp_path).version
    _write(pushed, f"{one}/variables/variables.index", b"INDEX")
    _write(pushed, f"{one}/assets/more.txt", b"x")
    remove_at(pushed, f"{one}/assets/words.txt")
    assert verify(pushed) == (
        Verified(
            one,
            False,
            missing=("assets/words.txt",),
            extra=("assets/more.txt",),
            changed=("variables/variables.index",),
        ),
        Verified(two, True),
    )
    assert [found.ok for found in verify(pushed)] == [False, True]
    assert [found.ok for found in verify(pushed, [two])] == [True]


@pytest.mark.parametrize(
    "change",
    [
        lambda where: _write(where, "variables/variables.index", b"INDEX"),
        lambda where: _write(where, "assets/more.txt", b"x"),
        lambda where: remove_at(where, "assets/words.txt"),
    ],
    ids=["changed", "extra", "missing"],
)
def test_any_difference_is_wrong(
    change: Callable[[str], None], pushed: str, tmp_path: Path
) -> None:
    version = pushed_once(pushed, tmp_path).version
    change(f"{pushed}/{version}")
    assert not verify(pushed)[0].ok


@pytest.mark.parametrize(
    ("found", "ok"),
    [
        (Verified(1, True), True),
        (Verified(1, True, signature="holds"), True),
        (Verified(1, True, signature="unsigned"), False),
        (Verified(1, False, signature="broken"), False),
        (Verified(1, True, changed=("x",), signature="holds"), False),
        (Verified(1, False, gone=True), True),
        (Verified(1, True, gone=True), False),
    ],
)
def test_what_was_found_is_right_or_wrong(found: Verified, ok: bool) -> None:
    assert found.ok is ok


def test_a_version_that_was_removed_is_wrong_only_where_it_serves(
    pushed: str, tmp_path: Path
) -> None:
    one, two = (pushed_once(pushed, tmp_path).version for _ in range(2))
    remove_at(pushed, str(one))
    found = verify(pushed)
    assert (found[0].gone, found[0].ok, found[1].ok) == (True, True, True)
    remove_at(pushed, str(two))
    assert not verify(pushed, [two])[0].ok


def test_versions_that_there_are_not_are_refused(pushed: str, tmp_path: Path) -> None:
    version = pushed_once(pushed, tmp_path).version
    with pytest.raises(UsageError, match="no version 7") as caught:
        verify(pushed, [7])
    assert str(version) in str(caught.value.expected)


def test_a_signature_holds_for_what_was_signed(pushed: str, tmp_path: Path) -> None:
    key, public = _keys(tmp_path, "ours")
    _, others = _keys(tmp_path, "others")
    event = pushed_once(pushed, tmp_path, key=key)
    version = event.version
    assert event.model is not None
    assert event.model.signature == f"signatures/{version}.sig"
    assert f"ledger/signatures/{version}.sig" in names_at(pushed)
    assert verify(pushed, public_key=public)[0].signature == "holds"
    broken = verify(pushed, public_key=others)[0]
    assert (broken.signature, broken.ok) == ("broken", False)
    assert broken.fault
    _write(pushed, f"{version}/variables/variables.index", b"INDEX")
    broken = verify(pushed, public_key=public)[0]
    assert broken.signature == "broken"
    assert "variables.index" in str(broken.fault)


@pytest.mark.parametrize("name", [".gitignore", "assets/more.txt", ".hidden"])
def test_a_signature_is_over_every_file(name: str, tmp_path: Path) -> None:
    key, public = _keys(tmp_path, "ours")
    version = pushed_once(tmp_path / "pushed", tmp_path, key=key).version
    (tmp_path / "pushed" / str(version) / name).write_text("x")
    broken = verify(tmp_path / "pushed", public_key=public)[0]
    assert broken.signature == "broken"
    assert broken.extra == (name,)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\x00not a signature"])
def test_a_damaged_signature_does_not_hold(
    content: bytes | None, pushed: str, tmp_path: Path
) -> None:
    key, public = _keys(tmp_path, "ours")
    version = pushed_once(pushed, tmp_path, key=key).version
    if content is None:
        remove_at(pushed, f"ledger/signatures/{version}.sig")
    else:
        _write(pushed, f"ledger/signatures/{version}.sig", content)
    broken = verify(pushed, public_key=public)[0]
    assert (broken.signature, broken.ok) == ("broken", False)


def test_an_unsigned_version_is_wrong_for_who_asks_for_signatures(
    pushed: str, tmp_path: Path
) -> None:
    _, public = _keys(tmp_path, "ours")
    pushed_once(pushed, tmp_path)
    found = verify(pushed, public_key=public)[0]
    assert (found.signature, found.ok) == ("unsigned", False)


@pytest.mark.parametrize("kind", ["absent", "no key", "public"])
def test_what_is_no_private_key_is_refused_before_anything_is_done(
    kind: str, pushed: str, tmp_path: Path
) -> None:
    _, public = _keys(tmp_path, "ours")
    secret = tmp_path / "secret.pem"
    secret.write_text("the secret itself")
    key = {"absent": tmp_path / "none", "no key": secret, "public": public}[kind]
    with pytest.raises(UsageError, match="no private key") as caught:
        pushed_once(pushed, tmp_path, key=key)
    assert "the secret itself" not in "\n".join(caught.value.lines())
    assert names_at(pushed) == set()


def test_no_public_key_is_refused(pushed: str, tmp_path: Path) -> None:
    key, _ = _keys(tmp_path, "ours")
    pushed_once(pushed, tmp_path, key=key)
    with pytest.raises(UsageError, match="no public key"):
        verify(pushed, public_key=key)


@pytest.mark.parametrize(
    ("missing", "fix"),
    [("model_signing", "pip install 'tidegate[signing]'"), ("OpenSSL", "TFX 1.21")],
)
def test_what_to_install_is_named(
    missing: str, fix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(_: str) -> Any:
        raise ImportError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(signing, "import_module", without)
    with pytest.raises(UsageError, match="not installed") as caught:
        pushed_once(tmp_path / "pushed", tmp_path, key=tmp_path / "key.pem")
    assert missing in str(caught.value.got)
    assert fix in str(caught.value.fix)
    assert not (tmp_path / "pushed").exists()


def test_a_move_keeps_the_signature(pushed: str, tmp_path: Path) -> None:
    key, public = _keys(tmp_path, "ours")
    for _ in range(2):
        pushed_once(pushed, tmp_path, key=key)
    rollback(pushed, by=BY, reason=REASON)
    found = verify(pushed, public_key=public)
    assert [(one.signature, one.served) for one in found] == [
        ("holds", True),
        ("holds", False),
    ]


def test_a_large_model_is_pushed_and_verified(tmp_path: Path) -> None:
    model = small_model(tmp_path / "model")
    data = model / "variables/variables.data-00000-of-00001"
    data.write_bytes(bytes(range(256)) * 4 * 10_000)
    pushed = tmp_path / "pushed"
    push(model, pushed, Provenance(), by=BY, reason=REASON)
    assert verify(pushed)[0].ok
    assert Ledger(pushed).state().champion is not None


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys\n"
        "from tidegate.ledger import healing, ledger, moving, pushing, verifying\n"
        "heavy = {'tfx', 'tensorflow', 'apache_beam', 'model_signing', 'cryptography'}"
        " & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    source = str(Path(signing.__file__).parents[2])
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": source})
