"""Rules of who may do what: roles, members and keys in Terraform files.

Nothing is evaluated: a role counts wherever its name stands in a file, in a
resource, a local, a variable's default or a `for_each`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.accounts import DEFAULT_ACCOUNT
from cloudbuild.rules.registry import rule
from cloudbuild.terraform import TerraformFile
from cloudbuild.terraform_values import texts_of

# https://cloud.google.com/iam/docs/roles-overview: the basic roles; what hands
# out rights or lends other accounts; and what rules over a whole service.
BASIC = re.compile(r"roles/(owner|editor|viewer|writer|reader|[\w.]+Owner)")
ADMIN = re.compile(r"roles/[\w.]*[aA]dmin(\.v\d\w*)?")
LENDS = re.compile(
    r"roles/(iam\.(serviceAccountTokenCreator|serviceAccountUser|workloadIdentityUser|"
    r"serviceAccountKeyAdmin|securityAdmin)|resourcemanager\.\w*[iI]amAdmin|"
    r"secretmanager\.secretAccessor|cloudbuild\.builds\.builder)"
)
BROAD_PERMISSION = re.compile(
    r".*\.setIamPolicy|iam\.serviceAccounts\.(actAs|getAccessToken|getOpenIdToken|"
    r"implicitDelegation|sign\w+)|iam\.serviceAccountKeys\.create|"
    r"secretmanager\.versions\.access|iam\.roles\.(create|update)|"
    r"container\.secrets\.(get|list)"
)
# What looks, and the few that change one thing which a build has to change.
LOOKS = re.compile(r"[\w.]+\.(get|list)([A-Z]\w*)?|[\w.]+\.downloadArtifacts")
NARROW = frozenset(
    {
        "aiplatform.pipelineJobs.create",
        "artifactregistry.repositories.uploadArtifacts",
        "artifactregistry.tags.create",
        "logging.logEntries.create",
        "storage.objects.create",
    }
)
# Where a role holds for one bucket, repository, secret or account only.
ON_ONE_THING = re.compile(r"google_(?!project|folder|organization)\w+_iam_\w+")
AUTHORITATIVE = re.compile(r"google_(project|folder|organization)_iam_(policy|binding)")


@rule("tf-broad-role", "terraform")
def roles_are_narrow(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """No role writes to a whole project, or lends the rights of other accounts.

    On one bucket, repository, secret or account only the basic roles and *.admin
    are refused; for a project also what may act as others or read every secret.
    """
    for block in file.blocks:
        one_thing = block.kind == "resource" and ON_ONE_THING.fullmatch(block.labels[0])
        for text, line in block.literals:
            if not text.startswith("roles/"):
                continue
            if BASIC.fullmatch(text) or re.fullmatch(r"roles/[\w.]+\.admin", text):
                words = f"{text} may do nearly everything there"
                fix = "name the narrow role, such as roles/artifactregistry.writer"
                yield file.fault(line, words, fix)
            elif not one_thing and (ADMIN.fullmatch(text) or LENDS.fullmatch(text)):
                words = f"{text} for a whole project"
                fix = "give it on the one bucket, secret or account that needs it"
                yield file.fault(line, words, fix)


@rule("tf-custom-role", "terraform")
def custom_roles_are_narrow(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """A role of one's own looks, or creates one narrow thing; it changes no others.

    It cannot delete, update, hand out rights, act as others or read secrets.
    """
    kinds = ("google_project_iam_custom_role", "google_organization_iam_custom_role")
    for block in file.resources(*kinds):
        value = block.values.get("permissions")
        texts = texts_of(checkout, file, value, block) if value else []
        if value and texts is None:
            words = "the permissions of a role cannot be read here"
            fix = "write them out, each as a text"
            yield file.fault(value.line, words, fix)
        lines = dict(value.literals) if value else {}
        for text in texts or ():
            line = lines.get(text, block.line_of("permissions"))
            if BROAD_PERMISSION.fullmatch(text):
                words = f"the permission {text} opens what others may do"
                fix = "take it out; give a predefined role on the one thing"
                yield file.fault(line, words, fix)
            elif text not in NARROW and not LOOKS.fullmatch(text):
                words = f"the permission {text} changes what is there"
                fix = f"take it out; a role may look, and {', '.join(sorted(NARROW))}"
                yield file.fault(line, words, fix)


@rule("tf-public-member", "terraform")
def nobody_is_everybody(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """No right is given to allUsers or allAuthenticatedUsers."""
    for block in file.blocks:
        for text, line in block.literals:
            if text in ("allUsers", "allAuthenticatedUsers"):
                words = f"{text} is everybody in the world"
                yield file.fault(line, words, "name the accounts that need it")


@rule("tf-authoritative", "terraform")
def rights_are_added(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """Rights of a project are added one by one, never set as a whole.

    google_project_iam_policy and _binding take away what they do not list.
    """
    for block in file.resources():
        if AUTHORITATIVE.fullmatch(block.labels[0]):
            words = f"{block.labels[0]} takes away every right that it does not list"
            fix = f"use {re.sub('_(policy|binding)$', '_member', block.labels[0])}"
            yield file.fault(block.line, words, fix)


@rule("tf-account-key", "terraform")
def accounts_have_no_keys(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """No key of a service account is made: it never ends, and lies in the state."""
    for block in file.resources("google_service_account_key"):
        words = "a key of a service account works for ever, for whoever has it"
        yield file.fault(block.line, words, "use workload identity, or the build's own")


@rule("tf-default-account", "terraform")
def defaults_get_no_rights(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """A right or a trigger names an account of its own, not a project's default."""
    for block in file.resources():
        for name in ("member", "members", "service_account"):
            value = block.values.get(name)
            if value and DEFAULT_ACCOUNT.search(value.text):
                words = f"{name} is a default account of the project"
                fix = "make a google_service_account for it"
                yield file.fault(value.line, words, fix)
