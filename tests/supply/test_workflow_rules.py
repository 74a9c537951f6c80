"""Workflows of GitHub are pinned, have the least rights, and call what builds call."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from supply import workflows

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / workflows.FOLDER / "checks.yml"
TEXT = CHECKS.read_text("utf-8")
COMMIT = "3d3c42e5aac5ba805825da76410c181273ba90b1"

# A build of Google's restores what it made before; GitHub has an action for that.
OF_CLOUD_BUILD = {"env-restore"}


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "Makefile").write_text((ROOT / "Makefile").read_text("utf-8"))
    path = folder / workflows.FOLDER / "checks.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return list(workflows.faults(path, folder))


def test_workflow_of_this_checkout_has_no_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path, TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f"checkout@{COMMIT} # v7.0.1", "checkout@v7", "a commit of 40 digits"),
        (f"{COMMIT} # v7.0.1", COMMIT, "say the version"),
        ("run: make lint", "run: make lint && curl x", "nothing else"),
        ("run: make lint", "run: make lnt", "no target lnt"),
        ("run: make lint", "run: |\n          make lint\n          id", "nothing else"),
        ("contents: read", "contents: write", "permissions"),
        ("  pull_request:\n", "  pull_request_target:\n", "pull_request_target"),
        ("    timeout-minutes: 120\n", "", "timeout-minutes"),
        ("persist-credentials: false", "persist-credentials: true", "persist"),
        ("          persist-credentials: false\n", "", "persist"),
        (
            "    timeout-minutes: 120\n",
            "    timeout-minutes: 120\n    permissions: {packages: write}\n",
            "rights of its own",
        ),
        (
            "IMAGE=placeholder",
            "IMAGE=${{ secrets.IMAGE }}",
            "needs no secret",
        ),
        ("IMAGE=placeholder", "IMAGE=${{ github.token }}", "no token"),
        ("IMAGE=placeholder", "IMAGE=${{ github['token'] }}", "no token"),
        ("IMAGE=placeholder", "IMAGE=${{ toJSON(github) }}", "no token"),
        (
            "    timeout-minutes: 120\n",
            "    timeout-minutes: 120\n    secrets: inherit\n",
            "`secrets`",
        ),
        (
            "    timeout-minutes: 120\n",
            "    timeout-minutes: 120\n    uses: ./.github/workflows/other.yml\n",
            "`uses`",
        ),
    ],
)
def test_fault_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in TEXT
    found = faults_of(tmp_path, TEXT.replace(old, new, 1))
    told = [fault for fault in found if words in fault]
    assert told
    place = told[0].split(": ")[0]
    assert place.startswith(f"{workflows.FOLDER}/checks.yml:")
    assert 1 <= int(place.rpartition(":")[2]) <= TEXT.count("\n") + 3


def test_github_checks_what_cloud_build_checks() -> None:
    build = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text("utf-8"))
    ours = {
        word
        for step in build["steps"]
        for word in step["args"]
        if "=" not in word and step["entrypoint"] == "make"
    }
    assert workflows.called(CHECKS) == ours - OF_CLOUD_BUILD


def test_cache_holds_downloads_only() -> None:
    """An environment from a cache would run unchecked; downloads have hashes."""
    steps = yaml.safe_load(TEXT)["jobs"]["checks"]["steps"]
    cached = [
        step["with"]["path"] for step in steps if "cache@" in step.get("uses", "")
    ]
    assert cached == ["~/.cache/uv"]
