"""One change to a good trigger file is one fault, at the line that was changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cloudbuild.checkouts import (
    MAIN,
    SHORT,
    TAG_ACCOUNT,
    assert_one_fault,
    change,
    write_checkout,
)

from cloudbuild.checking import check
from cloudbuild.trigger_file import examine_trigger


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "fix"),
    [
        (
            "schema",
            "main trigger",
            "filename:",
            "fileName: x\nfilename:",
            "write filename",
        ),
        (
            "schema",
            "main trigger",
            "branch: ^main$",
            "branch: [^main$]",
            "write a text",
        ),
        (
            "schema",
            "main trigger",
            "branch: ^main$",
            "branch: ^main$\n    tag: ^v1$",
            "keep one",
        ),
        (
            "schema",
            "tag trigger",
            "approvalRequired: true",
            "approvalRequired: true\n  by: me",
            "write approvalRequired",
        ),
        (
            "schema",
            "tag trigger",
            "approvalConfig:",
            "eventType: 1\napprovalConfig:",
            "write text",
        ),
        (
            "trigger-name",
            "main trigger",
            "tidegate-main",
            "tidegate_main",
            "digits and dashes",
        ),
        (
            "trigger-event",
            "main trigger",
            "filename:",
            "pubsubConfig: {}\nfilename:",
            "keep one",
        ),
        ("trigger-pattern", "main trigger", "^main$", "main", "write ^main$"),
        ("trigger-pattern", "pr trigger", "^main$", "^main", "write ^main$"),
        ("trigger-pattern", "tag trigger", "^v[0-9]+$", "^v[0-9+$", "mend it"),
        ("trigger-pattern", "main trigger", "^main$", "^.*$", "write ^main$"),
        ("trigger-pattern", "main trigger", "^main$", ".*", "write ^main$"),
        ("trigger-pattern", "main trigger", "^main$", '"^[^/]+$"', "write ^main$"),
        ("trigger-pattern", "main trigger", "^main$", "^[[:graph:]]+$", "^main$"),
        ("trigger-pattern", "main trigger", "^main$", "^main|dev$", "^(main|dev)$"),
        ("trigger-pattern", "main trigger", "^main$", '"^main\\\\$"', "^main\\$$"),
        ("trigger-pattern", "tag trigger", "^v[0-9]+$", ".*", r"^v[0-9]+\.[0-9]+\."),
        (
            "trigger-file",
            "main trigger",
            "cloudbuild/main.yaml",
            "cloudbuild/mian.yaml",
            "write kubeflow/cloudbuild/main.yaml",
        ),
        (
            "trigger-file",
            "tag trigger",
            "filename: ",
            "filename: ../",
            "of the checkout",
        ),
        (
            "trigger-substitution",
            "main trigger",
            "  _KFP_HOST: h",
            "  _KFP_HOTS: h\n  _KFP_HOST: h",
            "write _KFP_HOST",
        ),
        (
            "trigger-account",
            "main trigger",
            "main@p.iam.gserviceaccount.com",
            "1-compute@developer.gserviceaccount.com",
            "for this trigger",
        ),
        (
            "trigger-account",
            "main trigger",
            "main@p.iam.gserviceaccount.com",
            "1@cloudbuild.gserviceaccount.com",
            "for this trigger",
        ),
        (
            "trigger-account-shared",
            "tag trigger",
            "serviceAccounts/tag@p",
            "serviceAccounts/main@p",
            "its own",
        ),
        (
            "trigger-comment-control",
            "pr trigger",
            "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY",
            "COMMENTS_DISABLED",
            "EXTERNAL_CONTRIBUTORS_ONLY",
        ),
        (
            "trigger-approval",
            "tag trigger",
            "approvalRequired: true",
            "approvalRequired: false",
            "approvalRequired: true",
        ),
    ],
)
def test_change_is_one_fault_at_its_line(
    tmp_path: Path, rule: str, file: str, old: str, new: str, fix: str
) -> None:
    changed = change(write_checkout(tmp_path), file, old, new)
    faults = check(tmp_path)
    # What no trigger runs any more has no commit; that is another rule's.
    faults = [fault for fault in faults if fault.rule != "substitution-built-in"]
    assert_one_fault(faults, changed, rule, fix)


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "at", "fix"),
    [
        (
            "trigger-required",
            "main trigger",
            "substitutions:\n  _KFP_HOST: https://kfp.example.com\n",
            "",
            "name: tidegate-main",
            "give _KFP_HOST",
        ),
        (
            "trigger-required",
            "pr",
            "  # More arguments of pytest; empty for none.\n",
            "",
            "",
            "give _TEST_ARGS",
        ),
        (
            "trigger-account",
            "tag trigger",
            f"serviceAccount: {TAG_ACCOUNT}\n",
            "",
            "name: tidegate-tag",
            "serviceAccount: projects/",
        ),
        (
            "trigger-comment-control",
            "pr trigger",
            "    commentControl: COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY\n",
            "",
            "pullRequest:",
            "commentControl",
        ),
        (
            "trigger-approval",
            "tag trigger",
            "approvalConfig:\n  approvalRequired: true\n",
            "",
            "name: tidegate-tag",
            "approvalConfig",
        ),
        (
            "trigger-name",
            "tag trigger",
            "name: tidegate-tag",
            "name: tidegate-main",
            "name: tidegate-main",
            "rename",
        ),
    ],
)
def test_what_is_missing_is_told(
    tmp_path: Path, rule: str, file: str, old: str, new: str, at: str, fix: str
) -> None:
    changed = change(write_checkout(tmp_path), file, old, new)
    faults = [one for one in check(tmp_path) if not one.rule.startswith("tf-")]
    if file == "pr":
        assert [fault.rule for fault in faults] == [rule]
        assert fix in faults[0].fix
    else:
        assert_one_fault(faults, changed, rule, fix, at)


def test_pattern_that_names_what_may_not_is_refused(tmp_path: Path) -> None:
    old, new = "branch: ^main$", "branch: ^main$\n    invertRegex: true"
    changed = change(write_checkout(tmp_path), "main trigger", old, new)
    faults = check(tmp_path)
    assert_one_fault(faults, changed, "trigger-pattern", "^main$, not", "branch: ")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pr trigger", "^main$", "^.*$"),
        ("main trigger", "^main$", "^(main|release/.*)$"),
        ("main trigger", "^main$", '"^[|]?main$"'),
        ("tag trigger", "^v[0-9]+$", "^v.*$"),
        ("tag trigger", "^v[0-9]+$", "^v[[:digit:]]+$"),
        ("tag trigger", "^v[0-9]+$", r"^release-\d+\.\d+$"),
    ],
)
def test_patterns_of_what_is_meant_are_well(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    change(write_checkout(tmp_path), file, old, new)
    assert check(tmp_path) == []


def test_pull_request_gets_no_secret(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    (tmp_path / "cloudbuild.yaml").write_text(MAIN)
    faults = [one for one in check(tmp_path) if "pull-request" in one.rule]
    assert [(fault.path, fault.rule) for fault in faults] == [
        (SHORT["terraform"], "tf-pull-request-secrets"),
        (SHORT["pr trigger"], "trigger-pull-request-secrets"),
    ]
    assert all("KFP_TOKEN" in fault.message for fault in faults)


@pytest.mark.parametrize(
    ("text", "kinds", "pattern"),
    [
        ("github: {push: {branch: ^a$}}", ["branch"], "^a$"),
        ("github: {push: {tag: ^v$}}", ["tag"], "^v$"),
        ("github: {pullRequest: {branch: ^a$}}", ["pull request"], "^a$"),
        ("repositoryEventConfig: {push: {tag: ^v$}}", ["tag"], "^v$"),
        ("triggerTemplate: {tagName: ^v$}", ["tag"], "^v$"),
        ("triggerTemplate: {branchName: ^a$}", ["branch"], "^a$"),
        ("webhookConfig: {secret: x}", ["other"], None),
        ("name: x", [], None),
    ],
)
def test_event_and_pattern_are_seen(
    tmp_path: Path, text: str, kinds: list[str], pattern: str | None
) -> None:
    path = tmp_path / "trigger.yaml"
    path.write_text(text)
    trigger, faults = examine_trigger(path, tmp_path)
    assert not faults
    assert trigger is not None
    assert (list(trigger.events), trigger.pattern) == (kinds, pattern)
