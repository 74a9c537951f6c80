"""Rules of what accounts get: a list of what they may, and a fault for all else.

What cannot be read as a text is refused as well, where strangers' code would run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.registry import rule
from cloudbuild.rules.terraform_access import ADMIN, BASIC, LENDS
from cloudbuild.rules.terraform_condition import names_a_part
from cloudbuild.rules.terraform_triggers import TRIGGER, account_of, events
from cloudbuild.terraform import Block, TerraformFile
from cloudbuild.terraform_values import spelled_out, texts_of

# What can be had for a project only, and opens nothing in it.
PROJECT_WIDE = frozenset(
    {"roles/logging.logWriter", "roles/cloudbuild.builds.approver"}
)
# Every build writes its log; the rest looks.
PULL_REQUEST = (
    "roles/logging.logWriter",
    "roles/storage.objectViewer",
    "roles/artifactregistry.reader",
)
OWN_ROLE = re.compile(
    r"google_(project|organization)_iam_custom_role\.\w+(\[[^\]]*\])?\.(id|name)"
)
WIDE = re.compile(r"google_(project|folder|organization)_iam_(member|binding)")
# Where a resource says who gets a right.
_WHO = ("member", "members", "entity", "role_entity", "user_by_email")


@dataclass(frozen=True)
class Grant:
    """A right that is given.

    Attributes:
        file: Where it is given.
        block: The resource, or the binding of a policy.
        label: The resource's kind and name.
        who: The text of who gets it, with locals and defaults put in.
        roles: The roles; None where they cannot be read.
        text: The role as it is written.
        line: Where the role stands.
    """

    file: TerraformFile
    block: Block
    label: str
    who: str
    roles: list[str] | None
    text: str
    line: int


def grants(checkout: Checkout) -> Iterator[Grant]:
    """Every right that Terraform files give to anybody."""
    for file in checkout.terraform.values():
        for outer in file.blocks:
            policy = outer.kind == "data" and outer.labels[:1] == ("google_iam_policy",)
            within = outer.inner("binding") if policy else [outer]
            for block in within if policy or outer.kind == "resource" else ():
                yield from _grant(checkout, file, block, ".".join(outer.labels))


def _grant(
    checkout: Checkout, file: TerraformFile, block: Block, label: str
) -> Iterator[Grant]:
    who = [
        spelled_out(checkout, file, block.values[name], block)
        for name in _WHO
        if name in block.values
    ]
    if who:
        role = block.values.get("role")
        yield Grant(
            file,
            block,
            label,
            " ".join(who),
            texts_of(checkout, file, role, block) if role else None,
            spelled_out(checkout, file, role) if role else "",
            block.line_of("role"),
        )


@rule("tf-project-role", "terraform")
def projects_give_little(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """For a whole project only logs are written, releases approved, own roles given.

    Everything else is given on the one bucket, repository or secret.
    """
    for grant in grants(checkout):
        if grant.file.name != file.name or not WIDE.match(grant.label):
            continue
        if grant.roles is None and not OWN_ROLE.fullmatch(grant.text):
            words = f"a role for a whole project cannot be read here: {grant.text}"
            yield file.fault(grant.line, words, "write the role as a text")
        for role in grant.roles or ():
            told = any(one.fullmatch(role) for one in (BASIC, ADMIN, LENDS))
            if role not in PROJECT_WIDE and not told:
                words = f"{role} for a whole project"
                fix = "give it on the one bucket, repository or secret that needs it"
                yield file.fault(grant.line, words, fix)


@rule("tf-pull-request-account", "terraform")
def pull_requests_write_nothing(
    file: TerraformFile, checkout: Checkout
) -> Iterator[Fault]:
    """The account of pull requests writes its log, and else only looks."""
    for block in file.resources(TRIGGER):
        account = account_of(checkout, file, block)
        if not any(events(block, "pull_request")) or not account:
            continue
        emails = _emails(checkout, account)
        for grant in grants(checkout):
            if _is_named(grant.who, account, emails):
                yield from _too_much(grant)


@rule("tf-pull-request-bucket", "terraform")
def pull_requests_read_nothing_of_releases(
    file: TerraformFile, checkout: Checkout
) -> Iterator[Fault]:
    """A bucket that releases use is not for pull requests, but for a part of it.

    The part is said by a condition. What is put into such a bucket later, for the
    release, would else be read by code that nobody has reviewed.
    """
    # An account that main shares is told of by another rule.
    shared = [account for account, _ in _accounts(checkout, "push", "branch")]
    released = {
        _bucket_of(checkout, grant)
        for account, emails in _accounts(checkout, "push", "tag")
        for grant in grants(checkout)
        if account not in shared and _is_named(grant.who, account, emails)
    } - {""}
    for who in _accounts(checkout, "pull_request", "branch"):
        for grant in grants(checkout):
            bucket = _bucket_of(checkout, grant)
            mine = grant.file.name == file.name and _is_named(grant.who, *who)
            if mine and bucket in released and not names_a_part(grant.block):
                words = f"pull requests get all of a bucket of releases: {bucket}"
                fix = (
                    "keep what they may read in a bucket of its own, or add a condition"
                )
                yield file.fault(grant.block.line_of("bucket"), words, fix)


def _accounts(
    checkout: Checkout, event: str, by: str
) -> Iterator[tuple[str, list[str]]]:
    """The accounts of triggers that start on an event, with their addresses."""
    for file in checkout.terraform.values():
        for block in file.resources(TRIGGER):
            account = account_of(checkout, file, block)
            if account and any(by in one.values for one in events(block, event)):
                yield account, _emails(checkout, account)


def _bucket_of(checkout: Checkout, grant: Grant) -> str:
    """What a right on a bucket names it by, without `.name` or `.id`."""
    value = grant.block.values.get("bucket")
    text = spelled_out(checkout, grant.file, value) if value else ""
    return re.sub(r"(\[[^\]]*\])?\.(name|id|url|self_link)$", "", text)


def _too_much(grant: Grant) -> Iterator[Fault]:
    fix = f"take it away, or give one of {', '.join(PULL_REQUEST)}"
    if grant.roles is None:
        got = f"the role {grant.text}" if grant.text else "rights without a role"
        words = f"pull requests get {got} by {grant.label}, which cannot be read here"
        yield Fault(grant.file.name, grant.line, words, fix)
    for role in grant.roles or ():
        if role not in PULL_REQUEST:
            words = f"pull requests get {role} by {grant.label}"
            yield Fault(grant.file.name, grant.line, words, fix)


def _emails(checkout: Checkout, account: str) -> list[str]:
    """How the addresses of an account begin, as its resource has them."""
    name = account.removeprefix("google_service_account.").partition("[")[0]
    return [
        f":{spelled_out(checkout, file, block.values['account_id']).strip(chr(34))}@"
        for file in checkout.terraform.values()
        for block in file.resources("google_service_account")
        if block.labels[1] == name and "account_id" in block.values
    ]


def _is_named(text: str, account: str, emails: list[str]) -> bool:
    """Whether a text names an account; one of many, where it does not say which."""
    if any(email in text for email in emails):
        return True
    name, _, key = account.partition("[")
    for found in re.finditer(rf"{re.escape(name)}(?!\w)(\[[^\]]*\])?", text):
        index = (found[1] or "")[1:]
        if index == key or (key and '"' not in index):
            return True
    return False
