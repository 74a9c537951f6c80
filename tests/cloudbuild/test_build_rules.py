"""One change to a good build file is one fault, at the line that was changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cloudbuild.checkouts import (
    DIGEST,
    OTHER_DIGEST,
    assert_one_fault,
    change,
    write_checkout,
)

from cloudbuild.checking import check

TOKEN = "ghp_" + "a1B2" * 9


def test_good_checkout_has_no_fault(tmp_path: Path) -> None:
    assert check(write_checkout(tmp_path)) == []


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "fix"),
    [
        # What Google's message refuses.
        ("schema", "pr", "args: [lint]", "args: [lint]\n    argz: []", "write args"),
        (
            "schema",
            "main",
            "availableSecrets:\n",
            "availableSecret: {}\navailableSecrets:\n",
            "write availableSecrets",
        ),
        ("schema", "pr", "timeout: 600s", "timeout: 600", 'write "600s"'),
        ("schema", "pr", "timeout: 600s", "timeout: 10m", 'write "600s"'),
        ("schema", "pr", "timeout: 600s", "timeout: soon", 'such as "600s"'),
        ("schema", "pr", "waitFor: [lint]", "waitFor: lint", "write a list: [lint]"),
        ("schema", "pr", "args: [lint]", "args: [lint, -k, 1]", 'in quotes: "1"'),
        (
            "schema",
            "tag",
            "logging: CLOUD_LOGGING_ONLY",
            "logging: CLOUD_LOGGING_ONLY\n  machineType: HUGE",
            "E2_HIGHCPU_8, E2_HIGHCPU_32",
        ),
        (
            "schema",
            "tag",
            "CLOUD_LOGGING_ONLY",
            "CLOUD_LOGGING_ONLY\n  substitutionOption: LOOSE",
            "is one of MUST_MATCH, ALLOW_LOOSE",
        ),
        (
            "schema",
            "tag",
            "CLOUD_LOGGING_ONLY",
            "CLOUD_LOGGING_ONLY\n  machineType: e2_medium",
            "write E2_MEDIUM; ",
        ),
        (
            "schema",
            "tag",
            "CLOUD_LOGGING_ONLY",
            "CLOUD_LOGGING_ONLY\n  dynamicSubstitutions: some",
            "write true or false",
        ),
        (
            "schema",
            "main",
            "_TOKEN_SECRET: kfp",
            "_TOKEN_SECRET: 1 #",
            'in quotes: "1"',
        ),
        ("schema", "tag", "substitutions:", "timeout:\nsubstitutions:", "give one"),
        ("yaml", "tag", "substitutions:", "steps: []\nsubstitutions:", "keep one"),
        # Substitutions.
        (
            "substitution-name",
            "pr",
            "substitutions:\n",
            "substitutions:\n  _Dir: x\n",
            "_DIR",
        ),
        (
            "substitution-undeclared",
            "pr",
            "${_TEST_ARGS}",
            "${_TEST_ARG} ${_TEST_ARGS}",
            "write _TEST_ARGS",
        ),
        # The right name is not told as unused besides.
        ("substitution-undeclared", "pr", "${_TEST_ARGS}", "${_TSET_ARGS}", "_TEST_"),
        (
            "substitution-undeclared",
            "main",
            "[COLOUR=no]",
            '["COLOUR=${HOME}"]',
            "$${HOME}",
        ),
        (
            "substitution-undeclared",
            "main",
            "PROJECT_ID}/images",
            "PROJECTID}/images",
            "write PROJECT_ID",
        ),
        (
            "substitution-unused",
            "tag",
            "substitutions:\n",
            "substitutions:\n  _REGION: x\n",
            "${_REGION}",
        ),
        (
            "substitution-built-in",
            "pr",
            "${_TEST_ARGS}",
            "${_TEST_ARGS} ${TAG_NAME}",
            "COMMIT_SHA",
        ),
        ("substitution-built-in", "main", "COLOUR=no", "PR=$_PR_NUMBER", "COMMIT_SHA"),
        ("substitution-built-in", "tag", "${TAG_NAME}", "${BRANCH_NAME}", "TAG_NAME"),
        (
            "substitution-form",
            "tag",
            "${TAG_NAME}",
            "${TAG_NAME#v}",
            "value ${TAG_NAME#v}",
        ),
        ("substitution-form", "tag", "${TAG_NAME}", "${TAG_NAME", "write ${TAG_NAME}"),
        (
            "substitution-value",
            "main",
            "/${PROJECT_ID}/images",
            "/$PROJECT_ID/images",
            "${PROJECT_ID}",
        ),
        (
            "substitution-value",
            "main",
            "_TOKEN_SECRET: kfp-token",
            "_TOKEN_SECRET: ${_TOKEN_SECRET}",
            "write one of them out",
        ),
        (
            "substitution-value",
            "main",
            "_TOKEN_SECRET: kfp-token",
            "_TOKEN_SECRET: ${PROJECT_ID@Q}",
            "a form of Cloud Build's",
        ),
        (
            "substitution-ambiguous",
            "main",
            "_TOKEN_SECRET: kfp-token",
            "_TOKEN_SECRET: ${PROJECT_ID//[a-c]/x}",
            "plain text",
        ),
        (
            "substitution-ambiguous",
            "main",
            "_TOKEN_SECRET: kfp-token",
            '_TOKEN_SECRET: "${PROJECT_ID: -3}"',
            "from the start",
        ),
        ("lone-dollar", "main", "COLOUR=no", "COLOUR=$(pwd)", "write $$ where the sh"),
        (
            "lone-dollar",
            "pr",
            "${_TEST_ARGS}",
            "${_TEST_ARGS}$(pwd)",
            "write $$ where make is meant, $$$$ for the shell",
        ),
        (
            "substitution-undeclared",
            "pr",
            "${_TEST_ARGS}",
            "${_TEST_ARGS}${HOME}",
            "$$$${HOME} for the shell",
        ),
        # What steps run.
        ("step-make", "pr", "entrypoint: make", "entrypoint: bash", "entrypoint: make"),
        (
            "step-make",
            "tag",
            '    entrypoint: make\n    args: [promote, "VERSION=${TAG_NAME}"]\n',
            "    script: make promote\n",
            "make target",
        ),
        ("step-make", "pr", "args: [lint]", "args: [-s]", "name one"),
        *(
            ("make-option", "pr", "args: [lint]", f"args: [{words}]", "-j, -k and -s")
            for words in (
                "-C, docs, lint",
                '"-fother.mk", lint',
                "-f, other.mk, lint",
                "-n, lint",
                "-ki, lint",
                "--directory=docs, lint",
                "lint, MAKEFLAGS=-n",
                "lint, MAKEFILES=x.mk",
            )
        ),
        ("make-option", "main", "COLOUR=no", "MAKEFLAGS=-n", "remove MAKEFLAGS"),
        (
            "build-account",
            "tag",
            "substitutions:",
            "serviceAccount: 1-compute@developer.gserviceaccount.com\nsubstitutions:",
            "in the trigger",
        ),
        (
            "build-account",
            "tag",
            "substitutions:",
            "serviceAccount: projects/p/serviceAccounts/a@p.iam.gserviceaccount.com\n"
            "substitutions:",
            "in the trigger",
        ),
        ("make-target", "pr", "args: [lint]", "args: [lin]", "write lint"),
        ("make-variable", "pr", "TEST_ARGS=$", "TEST_ARG=$", "write TEST_ARGS=…"),
        ("builder-pinned", "tag", f"@{DIGEST}", "", "imagetools"),
        ("builder-pinned", "tag", DIGEST, DIGEST[:-1], "64 digits"),
        (
            "builder-listed",
            "tag",
            DIGEST,
            OTHER_DIGEST,
            f"write python:3.13-trixie@{DIGEST}",
        ),
        (
            "builder-listed",
            "tag",
            "python:3.13-trixie",
            "python:3.14-trixie",
            "add it there",
        ),
        # Their order, times, folders and names.
        ("step-id", "pr", "id: test", "id: lint", "rename one"),
        ("step-id", "tag", "- id: promote\n    name", "- name", "name it"),
        ("wait-for", "pr", "waitFor: [lint]", "waitFor: [lnit]", "write lint"),
        ("wait-for", "pr", "waitFor: [lint]", "waitFor: [test]", "remove it"),
        (
            "wait-for",
            "pr",
            "args: [lint]",
            "args: [lint]\n    waitFor: [test]",
            "move 'test' above 'lint'",
        ),
        ("timeout", "pr", "timeout: 600s", "timeout: 3601s", "raise the build's"),
        (
            "timeout",
            "tag",
            "substitutions:",
            "timeout: 90000s\nsubstitutions:",
            "86400s",
        ),
        ("timeout", "tag", "substitutions:", "timeout: -1s\nsubstitutions:", "86400s"),
        ("step-dir", "main", 'dir: "."', "dir: nowhere", "name one that is there"),
        ("step-dir", "main", 'dir: "."', "dir: ../..", "folder of the checkout"),
        ("step-dir", "main", 'dir: "."', "dir: /etc", "folder of the checkout"),
        ("environment", "main", "COLOUR=no", "COLOUR", "KEY=VALUE"),
        (
            "environment",
            "main",
            '    dir: "."',
            "    env: [KFP_TOKEN=$$X]",
            "keep the secretEnv",
        ),
        (
            "volume",
            "main",
            '    dir: "."',
            "    volumes: [{name: data, path: /data}]",
            "/workspace",
        ),
        # Secrets and logs.
        (
            "secret-undeclared",
            "main",
            "secretEnv: [KFP_TOKEN]",
            "secretEnv: [KFP_TOKEN, KFP_TOKN]",
            "write KFP_TOKEN",
        ),
        (
            "secret-in-plain",
            "main",
            "COLOUR=no",
            "API_TOKEN=tide-and-time",
            "Secret Manager",
        ),
        ("secret-in-plain", "main", "COLOUR=no", f"COLOUR={TOKEN}", "Secret Manager"),
    ],
)
def test_change_is_one_fault_at_its_line(
    tmp_path: Path, rule: str, file: str, old: str, new: str, fix: str
) -> None:
    changed = change(write_checkout(tmp_path), file, old, new)
    assert_one_fault(check(tmp_path), changed, rule, fix)


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "at", "fix"),
    [
        ("yaml", "tag", "steps:", "steps: [", "id: promote", "indentation"),
        (
            "substitution-value",
            "main",
            "  dynamicSubstitutions: true\n",
            "",
            "_IMAGE: ${",
            "dynamicSubstitutions: true",
        ),
        ("steps", "pr", "    name: ${_PYTHON}\n", "", "- id: lint", "write name"),
        (
            "secret-unused",
            "main",
            "    secretEnv: [KFP_TOKEN]\n",
            "",
            "env: KFP_TOKEN",
            "secretEnv: [KFP_TOKEN]",
        ),
        (
            "logging",
            "tag",
            "  logging: CLOUD_LOGGING_ONLY",
            "  machineType: E2_MEDIUM",
            "options:",
            "CLOUD_LOGGING_ONLY",
        ),
    ],
)
def test_fault_is_told_where_it_is_mended(
    tmp_path: Path, rule: str, file: str, old: str, new: str, at: str, fix: str
) -> None:
    changed = change(write_checkout(tmp_path), file, old, new)
    assert_one_fault(check(tmp_path), changed, rule, fix, at)


@pytest.mark.parametrize("value", [f"COLOUR={TOKEN}", "API_TOKEN=tide-and-time"])
def test_no_value_of_a_secret_is_repeated(tmp_path: Path, value: str) -> None:
    change(write_checkout(tmp_path), "main", "COLOUR=no", value)
    assert value.partition("=")[2] not in "".join(map(str, check(tmp_path)))


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    change(tmp_path, "pr", "args: [lint]", "args: [lin]")
    change(tmp_path, "pr", "id: test", "id: lint")
    change(tmp_path, "tag trigger", "^v[0-9]+$", "v")
    change(tmp_path, "terraform", "roles/storage.objectViewer", "roles/owner")
    told = sorted(fault.rule for fault in check(tmp_path))
    assert told == [
        "make-target",
        "step-id",
        "tf-broad-role",
        "tf-pull-request-account",
        "trigger-pattern",
    ]


def test_forms_that_mean_one_thing_are_well(tmp_path: Path) -> None:
    forms = "${REF_NAME//\\//-}${REF_NAME##*/}${REF_NAME:-a-b*}${REF_NAME:1:2}"
    change(write_checkout(tmp_path), "main", "kfp-token", forms)
    assert check(tmp_path) == []


@pytest.mark.parametrize(
    "words", ["-j2, -k, lint", "-ks, -j, lint", "-j, '4', lint", "--no-print-directory"]
)
def test_options_that_change_no_meaning_are_well(tmp_path: Path, words: str) -> None:
    changed = f"args: [{words}, lint]"
    change(write_checkout(tmp_path), "pr", "args: [lint]", changed)
    assert check(tmp_path) == []


def test_build_of_no_trigger_has_no_commit(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    (tmp_path / "kubeflow/cloudbuild/triggers/main.yaml").unlink()
    assert {fault.rule for fault in check(tmp_path)} == {"substitution-built-in"}
