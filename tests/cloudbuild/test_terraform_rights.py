"""Whoever gets more than the lists allow is told, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cloudbuild.checkouts import assert_one_fault, change, write_checkout

from cloudbuild.checking import check

MORE = "kubeflow/cloudbuild/terraform/more.tf"
PULL_REQUEST = "google_service_account.pull_request.member"
ROLE = """\
resource "google_project_iam_custom_role" "own" {
  permissions = ["storage.objects.get"]
}
"""
GRANT = """\
resource "{kind}" "more" {{
  role   = {role}
  member = {member}
}}
"""
PROJECT, BUCKET = "google_project_iam_member", "google_storage_bucket_iam_member"


def faults_of(root: Path, text: str) -> list[tuple[str, int]]:
    """The rules that a further file breaks, each with its line."""
    path = write_checkout(root) / MORE
    path.write_text(text)
    faults = check(root)
    assert {fault.path for fault in faults} <= {MORE}, faults
    return [(fault.rule, fault.line) for fault in faults]


@pytest.mark.parametrize(
    "role",
    [
        "storage.objectUser",
        "artifactregistry.writer",
        "cloudbuild.builds.editor",
        "run.developer",
        "storage.objectViewer",
    ],
)
def test_project_gives_only_what_is_listed(tmp_path: Path, role: str) -> None:
    root, old = write_checkout(tmp_path), '"roles/logging.logWriter"'
    changed = change(root, "terraform", old, f'"roles/{role}"')
    assert_one_fault(check(root), changed, "tf-project-role", "on the one bucket")


@pytest.mark.parametrize(
    ("role", "fix"),
    [
        ("compute.instanceAdmin.v1", "on the one bucket"),
        ("storage.legacyBucketOwner", "narrow role"),
    ],
)
def test_role_of_an_odd_name_is_broad(tmp_path: Path, role: str, fix: str) -> None:
    root, old = write_checkout(tmp_path), '"roles/logging.logWriter"'
    changed = change(root, "terraform", old, f'"roles/{role}"')
    assert_one_fault(check(root), changed, "tf-broad-role", fix)


@pytest.mark.parametrize(
    "role", ["var.role", "each.value.role", 'var.wide ? "roles/x" : "roles/y"']
)
def test_role_of_a_project_can_be_read(tmp_path: Path, role: str) -> None:
    text = GRANT.format(kind=PROJECT, role=role, member="var.somebody")
    assert faults_of(tmp_path, text) == [("tf-project-role", 2)]


@pytest.mark.parametrize(
    "role",
    [
        '"roles/cloudbuild.builds.approver"',
        "google_project_iam_custom_role.own.id",
        "google_project_iam_custom_role.own[0].name",
        "local.role",
    ],
)
def test_listed_roles_and_own_ones_are_well(tmp_path: Path, role: str) -> None:
    text = GRANT.format(kind=PROJECT, role=role, member="var.somebody")
    text += ROLE + 'locals {\n  role = "roles/logging.logWriter"\n}\n'
    assert faults_of(tmp_path, text) == []


@pytest.mark.parametrize(
    "permission",
    [
        "storage.objects.delete",
        "storage.buckets.update",
        "compute.instances.create",
        "run.services.update",
        "artifactregistry.tags.update",
        "container.secrets.get",
    ],
)
def test_own_role_changes_nothing_else(tmp_path: Path, permission: str) -> None:
    root, old = write_checkout(tmp_path), "artifactregistry.tags.create"
    changed = change(root, "terraform", old, permission)
    assert_one_fault(check(root), changed, "tf-custom-role", "take it out")


def test_permissions_can_be_read(tmp_path: Path) -> None:
    old, new = '["artifactregistry.tags.create"]', "var.permissions"
    changed = change(write_checkout(tmp_path), "terraform", old, new)
    assert_one_fault(check(tmp_path), changed, "tf-custom-role", "write them out")


@pytest.mark.parametrize(
    ("kind", "role", "member"),
    [
        (BUCKET, '"roles/storage.objectAdmin"', "local.pr"),
        (BUCKET, '"roles/storage.objectCreator"', "local.again"),
        (BUCKET, "local.writes", PULL_REQUEST),
        (BUCKET, "var.role", PULL_REQUEST),
        (BUCKET, "google_project_iam_custom_role.own.id", PULL_REQUEST),
        (BUCKET, "data.google_iam_role.x.name", PULL_REQUEST),
        (BUCKET, '"roles/storage.objectUser"', '"serviceAccount:pull-request@p.iam"'),
        (
            "google_compute_instance_iam_member",
            '"roles/compute.instanceAdmin.v1"',
            PULL_REQUEST,
        ),
        ("google_storage_bucket_access_control", '"OWNER"', PULL_REQUEST),
    ],
)
def test_pull_requests_get_only_what_is_listed(
    tmp_path: Path, kind: str, role: str, member: str
) -> None:
    text = GRANT.format(kind=kind, role=role, member=member) + ROLE
    text += f"locals {{\n  pr = {PULL_REQUEST}\n  again = local.pr\n"
    text += '  writes = "roles/storage.objectUser"\n}\n'
    assert faults_of(tmp_path, text) == [("tf-pull-request-account", 2)]


def test_owner_of_a_bucket_is_told_twice(tmp_path: Path) -> None:
    role = '"roles/storage.legacyBucketOwner"'
    text = GRANT.format(kind=BUCKET, role=role, member=PULL_REQUEST)
    told = sorted(faults_of(tmp_path, text))
    assert told == [("tf-broad-role", 2), ("tf-pull-request-account", 2)]


def test_policy_of_a_bucket_gives_rights_too(tmp_path: Path) -> None:
    text = 'data "google_iam_policy" "p" {\n  binding {\n'
    text += (
        f'    role    = "roles/storage.objectUser"\n    members = [{PULL_REQUEST}]\n'
    )
    assert faults_of(tmp_path, text + "  }\n}\n") == [("tf-pull-request-account", 3)]


@pytest.mark.parametrize(
    "role", ['"roles/artifactregistry.reader"', "each.value", "local.reads"]
)
def test_pull_requests_may_look(tmp_path: Path, role: str) -> None:
    text = f"""\
locals {{
  reads = "roles/storage.objectViewer" # and nothing else
}}
resource "{BUCKET}" "more" {{
  for_each = toset(["roles/storage.objectViewer", local.reads])
  role     = {role}
  member   = {PULL_REQUEST}
}}
"""
    assert faults_of(tmp_path, text) == []


def test_account_of_a_trigger_may_be_a_local(tmp_path: Path) -> None:
    old = "service_account = google_service_account.pull_request.id"
    change(write_checkout(tmp_path), "terraform", old, "service_account = local.who")
    change(tmp_path, "terraform", "storage.objectViewer", "storage.objectUser")
    path = tmp_path / MORE
    path.write_text("locals {\n  who = google_service_account.pull_request.id\n}\n")
    assert [fault.rule for fault in check(tmp_path)] == ["tf-pull-request-account"]


@pytest.mark.parametrize("given", ["[each.key]", '["pr"]'])
def test_account_of_many_is_known(tmp_path: Path, given: str) -> None:
    root, one = write_checkout(tmp_path), "google_service_account.pull_request"
    change(root, "terraform", f"{one}.id", f'{one}["pr"].id')
    change(root, "terraform", f"{one}.member", f"{one}{given}.member")
    change(root, "terraform", "storage.objectViewer", "storage.objectUser")
    assert [fault.rule for fault in check(root)] == ["tf-pull-request-account"]


@pytest.mark.parametrize(
    ("old", "new", "fix"),
    [
        ('branch = "^main$"', 'branch = ".*"', "write ^main$"),
        ('branch = "^main$"', 'branch = "main"', "write ^main$"),
        ('branch = "^main$"', 'branch = "^${var.any}$"', "write ^main$"),
        ('branch = "^main$"', "branch = var.unknown", "give the variable a default"),
        ('tag = "^v[0-9]+$"', 'tag = ".*"', r"write ^v[0-9]+\\.[0-9]+\\.[0-9]+$"),
        ('tag = "^v[0-9]+$"', 'tag = "^v[0-9+$"', "mend it"),
    ],
)
def test_pattern_in_terraform_is_whole(
    tmp_path: Path, old: str, new: str, fix: str
) -> None:
    root = write_checkout(tmp_path)
    (root / MORE).write_text('variable "any" {\n  default = ".*"\n}\n')
    changed = change(root, "terraform", old, new)
    assert_one_fault(check(root), changed, "tf-pattern", fix)


@pytest.mark.parametrize("text", ["var.branch", "local.branch"])
def test_default_of_a_pattern_is_looked_at(tmp_path: Path, text: str) -> None:
    old, new = 'branch = "^main$"', f"branch = {text}"
    change(write_checkout(tmp_path), "terraform", old, new)
    path = tmp_path / MORE
    path.write_text(
        'variable "branch" {\n  default = "main"\n}\n'
        "locals {\n  branch = var.branch\n}\n"
    )
    (fault,) = check(tmp_path)
    assert (fault.rule, fault.path, fault.line) == ("tf-pattern", MORE, 2)
    path.write_text(path.read_text().replace('"main"', '"^main$"'))
    assert check(tmp_path) == []


def test_validated_variable_may_have_no_default(tmp_path: Path) -> None:
    old, new = 'tag = "^v[0-9]+$"', "tag = var.tag"
    change(write_checkout(tmp_path), "terraform", old, new)
    text = 'variable "tag" {\n  validation {\n    condition = var.tag != ""\n  }\n}\n'
    (tmp_path / MORE).write_text(text)
    assert check(tmp_path) == []


def test_inverted_pattern_is_refused(tmp_path: Path) -> None:
    old, new = 'tag = "^v', 'invert_regex = true\n      tag = "^v'
    changed = change(write_checkout(tmp_path), "terraform", old, new)
    assert_one_fault(check(tmp_path), changed, "tf-pattern", "not inverted", "tag = ")


RELEASED = f"""\
resource "google_cloudbuild_trigger" "release" {{
  filename        = "kubeflow/cloudbuild/tag.yaml"
  service_account = google_service_account.release.id
  approval_config {{
    approval_required = true
  }}
  github {{
    push {{
      tag = "^v[0-9]+$"
    }}
  }}
}}
resource "{BUCKET}" "release_reads" {{
  bucket = google_storage_bucket.builds.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.release.member
}}
"""
OBJECTS = "projects/_/buckets/${google_storage_bucket.builds.name}/objects"
STARTS = f'resource.name.startsWith(\\"{OBJECTS}/plans/\\")'


def read_by_pull_requests(bucket: str, *expressions: str) -> str:
    lines = [f"  bucket = {bucket}", '  role   = "roles/storage.objectViewer"']
    for one in expressions:
        lines += ['  condition {\n    title = "part"', f"    expression = {one}", "  }"]
    inside = "\n".join([*lines, f"  member = {PULL_REQUEST}"])
    return f'{RELEASED}resource "{BUCKET}" "more" {{\n{inside}\n}}\n'


@pytest.mark.parametrize(
    "expressions",
    [
        [],
        ['"true"'],
        ["var.expression"],
        ['"resource.name.startsWith(\\"projects/\\")"'],
        [f'"resource.name.startsWith(\\"{OBJECTS}/\\")"'],
        [f'"{STARTS} || true"'],
        [f'"!{STARTS}"'],
        [f'"{STARTS}.x"'],
    ],
)
@pytest.mark.parametrize("bucket", ["google_storage_bucket.builds.name", "local.kept"])
def test_bucket_of_releases_is_not_for_pull_requests(
    tmp_path: Path, bucket: str, expressions: list[str]
) -> None:
    text = read_by_pull_requests(bucket, *expressions)
    text += "locals {\n  kept = google_storage_bucket.builds.id\n}\n"
    line = text.splitlines().index(f"  bucket = {bucket}", 17) + 1
    assert faults_of(tmp_path, text) == [("tf-pull-request-bucket", line)]


@pytest.mark.parametrize("name", ["name", "id"])
def test_bucket_of_releases_is_known_where_it_is_one_of_many(
    tmp_path: Path, name: str
) -> None:
    text = read_by_pull_requests(f"google_storage_bucket.builds[0].{name}")
    assert [rule for rule, _ in faults_of(tmp_path, text)] == ["tf-pull-request-bucket"]


@pytest.mark.parametrize(
    ("bucket", "expressions"),
    [
        ("google_storage_bucket.specs.name", []),
        ("google_storage_bucket.specs[0].name", []),
        ("google_storage_bucket.builds.name", [f'"{STARTS}"']),
        ("google_storage_bucket.builds.name", [f'"{STARTS} || {STARTS}"']),
    ],
)
def test_bucket_of_their_own_or_a_part_is_for_pull_requests(
    tmp_path: Path, bucket: str, expressions: list[str]
) -> None:
    assert faults_of(tmp_path, read_by_pull_requests(bucket, *expressions)) == []


@pytest.mark.parametrize("role", ["objectAdmin", "objectUser", "objectCreator"])
def test_part_of_a_bucket_is_for_reading_only(tmp_path: Path, role: str) -> None:
    text = read_by_pull_requests("google_storage_bucket.builds.name", f'"{STARTS}"')
    before, after = text.rsplit("objectViewer", 1)
    told = [rule for rule, _ in faults_of(tmp_path, f"{before}{role}{after}")]
    assert told == ["tf-pull-request-account"]
