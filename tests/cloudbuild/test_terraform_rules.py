"""One change to a good Terraform file is one fault, at the line that was changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cloudbuild.checkouts import (
    TERRAFORM,
    assert_one_fault,
    change,
    write_checkout,
)

from cloudbuild.checking import check
from cloudbuild.terraform import examine_terraform

SECRET_VERSION = """\
resource "google_secret_manager_secret_version" "v" {
  secret_data = var.token
}
"""
MAIN_MEMBER = "google_service_account.main.member"


@pytest.mark.parametrize(
    ("rule", "old", "new", "fix"),
    [
        ("tf-syntax", 'account_id = "pull-request"', "account_id =", "close every"),
        ("tf-broad-role", '"roles/logging.logWriter"', '"roles/owner"', "narrow role"),
        ("tf-broad-role", '"roles/logging.logWriter"', '"roles/editor"', "narrow role"),
        (
            "tf-broad-role",
            '"roles/logging.logWriter"',
            '"roles/storage.admin"',
            "narrow role",
        ),
        (
            "tf-broad-role",
            '"roles/logging.logWriter"',
            '"roles/storage.objectAdmin"',
            "on the one bucket",
        ),
        (
            "tf-broad-role",
            '"roles/logging.logWriter"',
            '"roles/iam.serviceAccountTokenCreator"',
            "on the one bucket",
        ),
        (
            "tf-broad-role",
            '"roles/logging.logWriter"',
            '"roles/secretmanager.secretAccessor"',
            "on the one bucket",
        ),
        (
            "tf-broad-role",
            '"roles/storage.objectCreator"',
            '"roles/storage.admin"',
            "narrow role",
        ),
        (
            "tf-broad-role",
            "terraform {",
            'locals { r = ["roles/owner"] }\nterraform {',
            "narrow role",
        ),
        ("tf-public-member", MAIN_MEMBER, '"allUsers"', "name the accounts"),
        (
            "tf-authoritative",
            '"google_project_iam_member" "logs"',
            '"google_project_iam_binding" "logs"',
            "use google_project_iam_member",
        ),
        (
            "tf-account-key",
            '"google_service_account" "pull_request"',
            '"google_service_account_key" "pull_request"',
            "workload identity",
        ),
        (
            "tf-default-account",
            MAIN_MEMBER,
            '"serviceAccount:1@cloudbuild.gserviceaccount.com"',
            "make a google_service_account",
        ),
        (
            "tf-custom-role",
            "artifactregistry.tags.create",
            "iam.serviceAccounts.actAs",
            "take it out",
        ),
        (
            "tf-custom-role",
            "artifactregistry.tags.create",
            "resourcemanager.projects.setIamPolicy",
            "take it out",
        ),
        (
            "tf-pull-request-account",
            '"roles/storage.objectViewer"',
            '"roles/storage.objectUser"',
            "take it away",
        ),
        (
            "tf-pull-request-account",
            '"roles/storage.objectViewer"',
            '"roles/secretmanager.secretAccessor"',
            "take it away",
        ),
        (
            "tf-trigger-account",
            "google_service_account.tag.id",
            "google_service_account.main.id",
            "its own",
        ),
        (
            "tf-comment-control",
            '"COMMENTS_ENABLED"',
            '"COMMENTS_DISABLED"',
            "EXTERNAL_CONTRIBUTORS_ONLY",
        ),
        (
            "tf-approval",
            "approval_required = true",
            "approval_required = false",
            "approval_required = true",
        ),
        (
            "tf-build-file",
            '"kubeflow/cloudbuild/tag.yaml"',
            '"kubeflow/cloudbuild/tags.yaml"',
            "write kubeflow/cloudbuild/tag.yaml",
        ),
        (
            "tf-substitution",
            "    _KFP_HOST = var.host",
            "    _KFP_HOTS = 1\n    _KFP_HOST = var.host",
            "write _KFP_HOST",
        ),
        (
            "tf-secret-value",
            "terraform {",
            'locals { k = "ghp_' + "a1B2" * 9 + '" }\nterraform {',
            "gcloud secrets versions add",
        ),
        (
            "tf-bucket",
            "uniform_bucket_level_access = true",
            "uniform_bucket_level_access = false",
            "= true",
        ),
        ("tf-bucket", '= "enforced"', '= "inherited"', '= "enforced"'),
        (
            "tf-bucket",
            "  retention_policy {",
            "  force_destroy = true\n  retention_policy {",
            "force_destroy = false",
        ),
    ],
)
def test_change_is_one_fault_at_its_line(
    tmp_path: Path, rule: str, old: str, new: str, fix: str
) -> None:
    changed = change(write_checkout(tmp_path), "terraform", old, new)
    assert_one_fault(check(tmp_path), changed, rule, fix)


@pytest.mark.parametrize(
    ("rule", "old", "new", "at", "fix"),
    [
        (
            "tf-unpinned",
            "terraform {",
            'module "m" {\n  source = "a/b/c"\n}\nterraform {',
            "source =",
            "write version",
        ),
        (
            "tf-trigger-account",
            "  service_account = google_service_account.tag.id\n",
            "",
            'trigger" "tag"',
            "write service_account",
        ),
        (
            "tf-comment-control",
            '        comment_control = "COMMENTS_ENABLED"\n',
            "",
            "pull_request {",
            "comment_control",
        ),
        (
            "tf-approval",
            "  approval_config {\n    approval_required = true\n  }\n",
            "",
            'trigger" "tag"',
            "approval_config",
        ),
        (
            "tf-substitution",
            "    _KFP_HOST = var.host\n",
            "",
            "substitutions = {",
            "give _KFP_HOST",
        ),
        (
            "tf-bucket",
            "  retention_policy {\n    retention_period = 86400\n  }\n",
            "",
            'bucket" "cache"',
            "retention_policy",
        ),
        (
            "tf-bucket",
            "  retention_policy {\n    retention_period = 86400\n  }\n",
            "  soft_delete_policy {\n    retention_duration_seconds = 0\n  }\n",
            'bucket" "cache"',
            "retention_policy",
        ),
        (
            "tf-bucket",
            '  public_access_prevention    = "enforced"\n',
            "",
            'bucket" "cache"',
            '"enforced"',
        ),
        ("tf-unpinned", '      version = "~> 6.10"\n', "", "google = {", "~> MAJOR"),
        ("tf-unpinned", '"~> 6.10"', '">= 6.10"', "google = {", "~> MAJOR"),
        (
            "tf-secret-value",
            "terraform {",
            SECRET_VERSION + "terraform {",
            "secret_data",
            "--data-file",
        ),
    ],
)
def test_fault_is_told_where_it_is_mended(
    tmp_path: Path, rule: str, old: str, new: str, at: str, fix: str
) -> None:
    changed = change(write_checkout(tmp_path), "terraform", old, new)
    assert_one_fault(check(tmp_path), changed, rule, fix, at)


def test_account_of_pull_requests_is_known_by_each_role(tmp_path: Path) -> None:
    """Roles of a for_each count, and another account's do not."""
    more = """
resource "google_storage_bucket_iam_member" "many" {
  for_each = toset(["roles/storage.objectViewer", "roles/storage.objectCreator"])
  role     = each.value
  member   = "serviceAccount:${google_service_account.pull_request.email}"
}
resource "google_storage_bucket_iam_member" "other" {
  role   = "roles/storage.objectCreator"
  member = google_service_account.pull_request_of_others.member
}
"""
    write_checkout(tmp_path)
    path = tmp_path / "kubeflow/cloudbuild/terraform/more.tf"
    path.write_text(more)
    faults = check(tmp_path)
    assert [(fault.rule, fault.path, fault.line) for fault in faults] == [
        ("tf-pull-request-account", "kubeflow/cloudbuild/terraform/more.tf", 4)
    ]
    assert "objectCreator" in faults[0].message


def test_blocks_and_values_know_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text(TERRAFORM)
    file, faults = examine_terraform(path, tmp_path)
    assert not faults
    assert file is not None
    lines = TERRAFORM.splitlines()
    for block in file.resources():
        assert lines[block.line - 1].split()[1:3] == [f'"{x}"' for x in block.labels]
        for name, value in block.values.items():
            assert lines[value.line - 1].split()[0] == name


@pytest.mark.parametrize("text", ["", "\n", "# a comment", "x = 1", "a {\n}"])
def test_small_files_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "small.tf"
    path.write_text(text)
    assert examine_terraform(path, tmp_path)[1] == []


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.tf"
    path.write_bytes(b"\xff\xfe")
    assert [fault.rule for fault in examine_terraform(path)[1]] == ["tf-syntax"]


def test_file_that_ends_within_a_block_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.tf"
    path.write_text(TERRAFORM[: TERRAFORM.rindex("tag =")])
    (fault,) = examine_terraform(path)[1]
    assert fault.rule == "tf-syntax"
    assert fault.line == len(path.read_text().splitlines())
    assert "ends" in fault.message
