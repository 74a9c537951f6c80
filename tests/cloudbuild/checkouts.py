"""A made-up checkout whose build, trigger and Terraform files break no rule."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from cloudbuild.faults import Fault

DIGEST = "sha256:" + "1f" * 32
OTHER_DIGEST = "sha256:" + "2e" * 32

TAG_ACCOUNT = "projects/p/serviceAccounts/tag@p.iam.gserviceaccount.com"

MAKEFILE = """\
IMAGE ?= tidegate
.PHONY: test
test: lint ## Run all tests
\t@echo $(TEST_ARGS)
lint: ## Look for faults
\t@true
image: ## Build the image
\t@docker build -t "$(IMAGE)" .
submit: ## Submit
\t@KFP_HOST="$(KFP_HOST)" true
promote: ## Promote
\t@echo $(VERSION)
"""

IMAGES = f"""\
images:
  python: {{image: python, tag: 3.13-trixie, digest: "{DIGEST}"}}
"""

PULL_REQUEST = f"""\
steps:
  - id: lint
    name: ${{_PYTHON}}
    entrypoint: make
    args: [lint]
    timeout: 600s
  - id: test
    name: ${{_PYTHON}}
    entrypoint: make
    args: [test, "TEST_ARGS=${{_TEST_ARGS}}"]
    waitFor: [lint]
substitutions:
  _PYTHON: python:3.13-trixie@{DIGEST}
  # More arguments of pytest; empty for none.
  _TEST_ARGS: ""
timeout: 3600s
options:
  logging: CLOUD_LOGGING_ONLY
"""

MAIN = f"""\
steps:
  - id: image
    name: ${{_PYTHON}}
    entrypoint: make
    args: [image, "IMAGE=${{_IMAGE}}:${{SHORT_SHA}}"]
    env: [COLOUR=no]
  - id: submit
    name: ${{_PYTHON}}
    entrypoint: make
    args: [submit, "KFP_HOST=${{_KFP_HOST}}"]
    dir: "."
    secretEnv: [KFP_TOKEN]
images: ["${{_IMAGE}}:${{SHORT_SHA}}"]
availableSecrets:
  secretManager:
    - versionName: projects/${{PROJECT_ID}}/secrets/${{_TOKEN_SECRET}}/versions/1
      env: KFP_TOKEN
substitutions:
  _PYTHON: python:3.13-trixie@{DIGEST}
  _IMAGE: ${{LOCATION}}-docker.pkg.dev/${{PROJECT_ID}}/images/tidegate
  _KFP_HOST: ""
  _TOKEN_SECRET: kfp-token
timeout: 3600s
options:
  logging: CLOUD_LOGGING_ONLY
  dynamicSubstitutions: true
"""

TAG = f"""\
steps:
  - id: promote
    name: ${{_PYTHON}}
    entrypoint: make
    args: [promote, "VERSION=${{TAG_NAME}}"]
substitutions:
  _PYTHON: python:3.13-trixie@{DIGEST}
options:
  logging: CLOUD_LOGGING_ONLY
"""

PULL_REQUEST_TRIGGER = """\
name: tidegate-pull-request
github:
  owner: owner
  name: repository
  pullRequest:
    branch: ^main$
    commentControl: COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY
filename: cloudbuild.yaml
serviceAccount: projects/p/serviceAccounts/pr@p.iam.gserviceaccount.com
includeBuildLogs: INCLUDE_BUILD_LOGS_WITH_STATUS
"""

MAIN_TRIGGER = """\
name: tidegate-main
github:
  owner: owner
  name: repository
  push:
    branch: ^main$
filename: kubeflow/cloudbuild/main.yaml
serviceAccount: projects/p/serviceAccounts/main@p.iam.gserviceaccount.com
substitutions:
  _KFP_HOST: https://kfp.example.com
"""

TAG_TRIGGER = f"""\
name: tidegate-tag
github:
  owner: owner
  name: repository
  push:
    tag: ^v[0-9]+$
filename: kubeflow/cloudbuild/tag.yaml
serviceAccount: {TAG_ACCOUNT}
approvalConfig:
  approvalRequired: true
"""

TERRAFORM = """\
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.10"
    }
  }
}

resource "google_service_account" "pull_request" {
  account_id = "pull-request"
}

resource "google_project_iam_member" "logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.main.member
}

resource "google_storage_bucket_iam_member" "reads_cache" {
  bucket = google_storage_bucket.cache.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.pull_request.member
}

resource "google_storage_bucket_iam_member" "adds_cache" {
  bucket = google_storage_bucket.cache.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.main.member
}

resource "google_storage_bucket" "cache" {
  name                        = "cache"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  retention_policy {
    retention_period = 86400
  }
}

resource "google_project_iam_custom_role" "tagger" {
  permissions = ["artifactregistry.tags.create"]
}

resource "google_cloudbuild_trigger" "pull_request" {
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.pull_request.id
  dynamic "github" {
    for_each = [var.github]
    content {
      pull_request {
        branch          = "^main$"
        comment_control = "COMMENTS_ENABLED"
      }
    }
  }
}

resource "google_cloudbuild_trigger" "main" {
  filename        = "kubeflow/cloudbuild/main.yaml"
  service_account = google_service_account.main.id
  github {
    push {
      branch = "^main$"
    }
  }
  substitutions = {
    _KFP_HOST = var.host
  }
}

resource "google_cloudbuild_trigger" "tag" {
  filename        = "kubeflow/cloudbuild/tag.yaml"
  service_account = google_service_account.tag.id
  approval_config {
    approval_required = true
  }
  github {
    push {
      tag = "^v[0-9]+$"
    }
  }
}
"""

FILES = {
    "Makefile": MAKEFILE,
    "cloudbuild.yaml": PULL_REQUEST,
    "kubeflow/images.yaml": IMAGES,
    "kubeflow/cloudbuild/main.yaml": MAIN,
    "kubeflow/cloudbuild/tag.yaml": TAG,
    "kubeflow/cloudbuild/triggers/pull-request.yaml": PULL_REQUEST_TRIGGER,
    "kubeflow/cloudbuild/triggers/main.yaml": MAIN_TRIGGER,
    "kubeflow/cloudbuild/triggers/tag.yaml": TAG_TRIGGER,
    "kubeflow/cloudbuild/terraform/main.tf": TERRAFORM,
}
SHORT = {
    "pr": "cloudbuild.yaml",
    "main": "kubeflow/cloudbuild/main.yaml",
    "tag": "kubeflow/cloudbuild/tag.yaml",
    "pr trigger": "kubeflow/cloudbuild/triggers/pull-request.yaml",
    "main trigger": "kubeflow/cloudbuild/triggers/main.yaml",
    "tag trigger": "kubeflow/cloudbuild/triggers/tag.yaml",
    "terraform": "kubeflow/cloudbuild/terraform/main.tf",
}


def write_checkout(root: Path) -> Path:
    """A checkout with every file of the kind, none with a fault."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@dataclass(frozen=True)
class Change:
    """A file that was changed: its name, its text, and the first line that differs."""

    name: str
    text: str
    line: int


def change(root: Path, file: str, old: str, new: str) -> Change:
    """Puts `new` for the first `old` of a file."""
    path = root / SHORT[file]
    before = path.read_text(encoding="utf-8")
    assert old in before, f"{file} has no {old!r}"
    after = before.replace(old, new, 1)
    path.write_text(after, encoding="utf-8")
    pairs = zip_longest(before.splitlines(), after.splitlines())
    line = next(at for at, (one, other) in enumerate(pairs, start=1) if one != other)
    return Change(SHORT[file], after, line)


def assert_one_fault(
    faults: list[Fault], changed: Change, rule: str, fix: str, at: str = ""
) -> None:
    """Holds where one rule alone is broken, at the changed line or that with `at`."""
    told = [(fault.rule, fault.path) for fault in faults]
    assert told == [(rule, changed.name)], "\n".join(map(str, faults))
    lines = [n for n, line in enumerate(changed.text.splitlines(), 1) if at in line]
    assert faults[0].line == (lines[0] if at else changed.line), faults[0]
    assert fix in faults[0].fix, faults[0].fix
