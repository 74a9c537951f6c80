"""A secret that is written out is told from names, places and settings."""

from __future__ import annotations

import pytest

from tidegate.runners.kubeflow.planning.secret_literals import is_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "x1"),
        ("DB_PASSWORD", "x1"),
        ("dbPassword", "x1"),
        ("api_key", "x1"),
        ("apiKey2", "x1"),
        ("CLIENT_SECRET_VALUE", "x1"),
        ("note", "AKIAIOSFODNN7EXAMPLE"),
        ("note", "see -----BEGIN PRIVATE KEY-----"),
        ("note", "ghp_" + "a" * 36),
        ("note", "https://me:x1@example.com/x"),
        ("note", "Authorization: Bearer " + "a" * 20),
        ("note", "eyJhbGciOiJ.eyJzdWIiOiIx.x"),
    ],
)
def test_a_secret_is_known(name: str, value: str) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", ""),
        ("password", "{{$.inputs.parameters['p']}}"),
        ("password", "$(PASSWORD)"),
        ("password", "${PASSWORD}"),
        ("secret_name", "store"),
        ("secret_parameter", "store"),
        ("token_file", "/run/token"),
        ("max_tokens", "5"),
        ("tokenizer", "bert"),
        ("key", "carrier"),
        ("partition_key", "day"),
        ("note", "https://example.com:8080/a@b"),
        ("note", "the password is elsewhere"),
        ("count", 3),
    ],
)
def test_what_is_no_secret_is_let_be(name: str, value: object) -> None:
    assert not is_secret(name, value)
