"""Small edits that break this repository's build, trigger and Terraform files.

One or more a rule. They are regular expressions and not lines, so that the files may
change around them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

PR, MAIN, TAG = (
    "cloudbuild.yaml",
    "kubeflow/cloudbuild/main.yaml",
    "kubeflow/cloudbuild/tag.yaml",
)
_TRIGGERS, _TF = "kubeflow/cloudbuild/triggers", "kubeflow/cloudbuild/terraform"
PR_TRIGGER, MAIN_TRIGGER, TAG_TRIGGER = (
    f"{_TRIGGERS}/{name}.yaml" for name in ("pull-request", "main", "tag")
)
ACCOUNTS, BUCKETS = f"{_TF}/accounts.tf", f"{_TF}/buckets.tf"
TF_TRIGGERS, VERSIONS = f"{_TF}/triggers.tf", f"{_TF}/versions.tf"
_STEP = "steps:\n  - id: extra\n    name: ${_PYTHON}\n    entrypoint: make\n"


class Unfit(Exception):
    """The file has no place for an edit any more."""


@dataclass(frozen=True)
class Edit:
    """A way to break a file.

    Attributes:
        rule: The rule that must tell of it.
        file: The file.
        what: What is done to it.
        make: The broken text of the whole one.
        told_in: The file that the fault is told of; empty for the same.
    """

    rule: str
    file: str
    what: str
    make: Callable[[str], str]
    told_in: str = ""


def put(pattern: str, text: str) -> Callable[[str], str]:
    """Replaces the first place of a pattern; `\\g<0>` in the text is what was there.

    Raises:
        Unfit: When called, where there is no such place.
    """

    def make(whole: str) -> str:
        made, count = re.subn(pattern, text, whole, count=1, flags=re.MULTILINE)
        if not count:
            raise Unfit(f"the file has no place that fits {pattern!r}")
        if made == whole:
            raise Unfit("the edit changes nothing")
        return made

    return make


def add(text: str) -> Callable[[str], str]:
    """Puts a text at the end of the file."""
    return lambda whole: whole + text


def step(rest: str) -> Callable[[str], str]:
    """Puts a step before all others; `rest` says more of it."""
    lines = "".join(f"    {line}\n" for line in rest.splitlines())
    return put(r"^steps:\n", (_STEP + lines).replace("\\", r"\\"))


_NAME = r"^(    name: )\S+$"
_DIGEST = r"(_PYTHON: \S+?@sha256:)[0-9a-f]{64}"
_MAKE = r"^(    args: \[)(lint|types|data-tests)\b"
_RESOURCE = (
    'resource "google_project_iam_member" "broken" {{\n  project = var.project\n'
)
_GRANT = _RESOURCE + '  role    = "{}"\n  member  = {}\n}}\n'
_BUILDER = "google_service_account.main.member"
_BINDING = """
resource "google_project_iam_binding" "broken" {
  project = var.project
  role    = "roles/logging.logWriter"
  members = [google_service_account.main.member]
}
"""
_PUBLIC = """
resource "google_storage_bucket_iam_member" "broken" {
  bucket = google_storage_bucket.cache.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}
"""
_KEY = """
resource "google_service_account_key" "broken" {
  service_account_id = google_service_account.main.name
}
"""
_SECRET = """
resource "google_secret_manager_secret_version" "broken" {
  secret      = google_secret_manager_secret.kfp_token["dev"].id
  secret_data = "hunter2"
}
"""
_DEFAULT = '"serviceAccount:1234-compute@developer.gserviceaccount.com"'

_READS_SPECS = (
    r'("google_storage_bucket_iam_member" "pull_request_reads_specs" \{\n'
    r"(?:.*\n)*?  bucket\s+= "
)

EDITS: tuple[Edit, ...] = (
    Edit("yaml", PR, "a tab before a key", put(r"^timeout:", "\ttimeout:")),
    Edit("yaml", PR, "a key twice", add("timeout: 1s\n")),
    Edit("schema", PR, "an unknown field", put(r"entrypoint:", "entrypiont:")),
    Edit("schema", MAIN, "a wrong type", put(r"allowFailure: true", "allowFailure: 1")),
    Edit("schema", PR, "no duration", put(r"^timeout: \d+s", "timeout: 2 hours")),
    Edit("schema", MAIN, "an unknown machine", put(r"Type: E2\w+", "Type: E2_XL")),
    Edit("builder-pinned", PR, "an image by tag", put(r"(_PYTHON: \S+?)@\S+", r"\1")),
    Edit("builder-pinned", PR, "a step's own image", put(_NAME, r"\1alpine:3")),
    Edit("builder-listed", PR, "another digest", put(_DIGEST, r"\g<1>" + "0" * 64)),
    Edit("step-make", PR, "a shell", put(r"entrypoint: make", "entrypoint: bash")),
    Edit("step-make", PR, "a script", step("script: curl example.com | sh")),
    Edit("make-target", PR, "a target that is gone", put(_MAKE, r"\1lintt")),
    Edit("make-option", PR, "another Makefile", step("args: [-f, other.mk, lint]")),
    Edit(
        "build-account",
        PR,
        "the project's default account",
        add("serviceAccount: projects/p/serviceAccounts/" + _DEFAULT[16:-1] + "\n"),
    ),
    Edit("make-variable", PR, "an unread variable", put(r"PYTEST_ARGS=", "PYTEST=")),
    Edit(
        "secret-undeclared",
        PR,
        "a secret that nothing gives",
        step("args: [lint]\nsecretEnv: [KFP_TOKEN]"),
    ),
    Edit("secret-unused", MAIN, "an unread secret", put(r"^    secretEnv:.*\n", "")),
    Edit(
        "secret-in-plain",
        MAIN,
        "a token in a variable",
        step("args: [lint]\nenv: [API_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345]"),
    ),
    Edit("logging", PR, "no place for logs", put(r"^  logging: .*\n", "")),
    Edit("steps", PR, "a step without an image", put(_NAME, r'\1""')),
    Edit("step-id", PR, "an id twice", put(r"^  - id: types", "  - id: lint")),
    Edit("step-id", PR, "no id", put(r"^  - id: types\n    name", "  - name")),
    Edit(
        "wait-for", PR, "a wait for nothing", put(r"waitFor: \[test", "waitFor: [tset")
    ),
    Edit(
        "wait-for", PR, "a circle", put(r"waitFor: \[environment\]", "waitFor: [plan]")
    ),
    Edit(
        "timeout", PR, "a step over its build", put(r"^timeout: \d+s", "timeout: 60s")
    ),
    Edit("step-dir", PR, "a folder that is gone", step("args: [lint]\ndir: servings")),
    Edit("environment", PR, "a variable alone", step("args: [lint]\nenv: [DEBUG]")),
    Edit(
        "volume",
        PR,
        "a volume of one step",
        step("args: [lint]\nvolumes: [{name: v, path: /v}]"),
    ),
    Edit("substitution-name", PR, "small letters", put(r"^  _BASE: ", "  _base: ")),
    Edit("substitution-undeclared", PR, "undeclared", put(r"\$\{_CACHE\}", "${_CASH}")),
    Edit("substitution-unused", PR, "unused", put(r"^  _BASE: ", "  _MORE: x\n\\g<0>")),
    Edit("substitution-built-in", PR, "a tag's", put(r"\$\{_BASE\}", "${TAG_NAME}")),
    Edit("substitution-form", PR, "a default", put(r"\$\{_BASE\}", "${_BASE:-main}")),
    Edit(
        "substitution-value",
        PR,
        "a value that asks for another",
        put(
            r"^  _CACHE: .*\n((?:  #.*\n)*)  _BASE: .*",
            "  _CACHE: ${_BASE}\n  _BASE: main",
        ),
    ),
    Edit(
        "lone-dollar", PR, "a shell's variable", step('args: [lint, "IMAGE=$(date)"]')
    ),
    Edit("trigger-account", TAG_TRIGGER, "none", put(r"^serviceAccount:.*\n", "")),
    Edit(
        "trigger-account-shared",
        TAG_TRIGGER,
        "another's account",
        put(r"tidegate-tag@", "tidegate-main@"),
    ),
    Edit(
        "trigger-pull-request-secrets",
        PR,
        "a secret",
        put(
            r"^substitutions:",
            "availableSecrets:\n  secretManager:\n    - versionName: "
            "projects/p/secrets/s/versions/1\n      env: KFP_TOKEN\n\\g<0>",
        ),
        PR_TRIGGER,
    ),
    Edit(
        "trigger-comment-control",
        PR_TRIGGER,
        "strangers at once",
        put(r"^    commentControl: .*", "    commentControl: COMMENTS_DISABLED"),
    ),
    Edit("trigger-approval", TAG_TRIGGER, "none", put(r"^approvalConfig:\n.*\n", "")),
    Edit(
        "trigger-name", TAG_TRIGGER, "another's", put(r"tidegate-tag$", "tidegate-main")
    ),
    Edit(
        "trigger-event",
        MAIN_TRIGGER,
        "none",
        put(r"^  push:\n    branch: .*\n", ""),
    ),
    Edit("trigger-pattern", MAIN_TRIGGER, "a loose one", put(r"\^main\$", "main")),
    Edit("trigger-pattern", MAIN_TRIGGER, "any branch", put(r"\^main\$", "^.*$")),
    Edit(
        "trigger-file",
        MAIN_TRIGGER,
        "a file that is gone",
        put(r"main\.yaml", "m.yaml"),
    ),
    Edit(
        "trigger-substitution",
        MAIN_TRIGGER,
        "one that the build has not",
        put(r"^  _IMAGE:", "  _IMAGES: x\n\\g<0>"),
    ),
    Edit("trigger-required", MAIN_TRIGGER, "none", put(r"^  _KFP_HOST: .*\n", "")),
    Edit(
        "tf-broad-role",
        ACCOUNTS,
        "an account that may write everything",
        add(_GRANT.format("roles/editor", _BUILDER)),
    ),
    Edit(
        "tf-broad-role",
        ACCOUNTS,
        "storage of the whole project",
        add(_GRANT.format("roles/storage.admin", _BUILDER)),
    ),
    Edit(
        "tf-project-role",
        ACCOUNTS,
        "images of the whole project",
        add(_GRANT.format("roles/artifactregistry.writer", _BUILDER)),
    ),
    Edit(
        "tf-custom-role",
        ACCOUNTS,
        "a role that deletes",
        put(
            r'^    "artifactregistry\.tags\.create",',
            '\\g<0>\n    "artifactregistry.tags.delete",',
        ),
    ),
    Edit(
        "tf-custom-role",
        ACCOUNTS,
        "a role that hands out rights",
        put(
            r'^    "artifactregistry\.tags\.create",',
            '\\g<0>\n    "resourcemanager.projects.setIamPolicy",',
        ),
    ),
    Edit("tf-public-member", ACCOUNTS, "everybody", add(_PUBLIC)),
    Edit("tf-authoritative", ACCOUNTS, "a right as a whole", add(_BINDING)),
    Edit("tf-account-key", ACCOUNTS, "a key", add(_KEY)),
    Edit(
        "tf-default-account",
        ACCOUNTS,
        "the project's default account",
        add(_GRANT.format("roles/logging.logWriter", _DEFAULT)),
    ),
    Edit("tf-secret-value", ACCOUNTS, "a secret's value", add(_SECRET)),
    Edit("tf-bucket", BUCKETS, "public", put(r"^  public_access_prevention.*\n", "")),
    Edit(
        "tf-bucket",
        BUCKETS,
        "nothing kept",
        put(r"^  retention_policy \{\n(?:.*\n)+?  \}\n", ""),
    ),
    Edit(
        "tf-unpinned", VERSIONS, "any version", put(r'"(>= [\d.]+), < [^"]+"', r'"\1"')
    ),
    Edit(
        "tf-trigger-account",
        TF_TRIGGERS,
        "another's account",
        put(r"google_service_account\.tag\.id", "google_service_account.main.id"),
    ),
    Edit(
        "tf-pull-request-account",
        ACCOUNTS,
        "a right to write to the cache",
        put(
            r'("google_storage_bucket_iam_member" "pull_request_reads_cache" \{\n.*\n'
            r"  role\s+= )\S+",
            r'\1"roles/storage.objectAdmin"',
        ),
    ),
    Edit(
        "tf-pull-request-account",
        ACCOUNTS,
        "a right to write specs",
        put(_READS_SPECS + r"\S+\n  role\s+= )\S+", r'\1"roles/storage.objectAdmin"'),
    ),
    Edit(
        "tf-pull-request-bucket",
        ACCOUNTS,
        "a right to read all builds",
        put(_READS_SPECS + r")\S+", r"\1google_storage_bucket.builds.name"),
    ),
    Edit("tf-pattern", TF_TRIGGERS, "any branch", put(r'= "\^\$\{.*', '= ".*"')),
    Edit(
        "tf-comment-control",
        TF_TRIGGERS,
        "strangers at once",
        put(r"COMMENTS_ENABLED_FOR\w+", "COMMENTS_DISABLED"),
    ),
    Edit(
        "tf-approval",
        TF_TRIGGERS,
        "none",
        put(r"approval_required = true", "approval_required = false"),
    ),
    Edit(
        "tf-build-file", TF_TRIGGERS, "one that is gone", put(r"/tag\.yaml", "/t.yaml")
    ),
    Edit(
        "tf-substitution",
        TF_TRIGGERS,
        "one that the build has not",
        put(r"^    _IMAGE  ", "    _IMAGES = 1\n\\g<0>"),
    ),
    Edit(
        "tf-syntax",
        VERSIONS,
        "a brace left open",
        put(r"^terraform \{", "terraform {{"),
    ),
)
