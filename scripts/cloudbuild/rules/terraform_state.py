"""Rules of what Terraform makes and takes: buckets, secrets, providers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.registry import rule
from cloudbuild.rules.secrets import LOOKS_SECRET
from cloudbuild.terraform import Block, TerraformFile

VERSION = re.compile(r"\s*(~>|=|>=)?\s*v?\d+")
BOUNDED = re.compile(r"~>|<|^\s*=?\s*v?\d")


@rule("tf-secret-value", "terraform")
def secrets_have_no_values(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """No secret's value stands in a file, nor in a variable's default."""
    fix = "let people add the version: gcloud secrets versions add NAME --data-file=-"
    for block in file.resources("google_secret_manager_secret_version"):
        for name in ("secret_data", "secret_data_wo"):
            if name in block.values:
                words = f"{name} puts a secret's value into the state of Terraform"
                yield file.fault(block.line_of(name), words, fix)
    for block in file.blocks:
        for text, line in block.literals:
            if LOOKS_SECRET.search(text):
                yield file.fault(line, "this looks like a secret's value", fix)


@rule("tf-bucket", "terraform")
def buckets_are_closed(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """A bucket has one way of access, is never public, and says how long files stay.

    That is uniform_bucket_level_access, public_access_prevention = "enforced", and
    a retention_policy, a lifecycle_rule or, where files stay until somebody deletes
    them, a soft_delete_policy of some time; and it is not destroyed with its files.
    """
    for block in file.resources("google_storage_bucket"):
        yield from _bucket(file, block)


def _bucket(file: TerraformFile, block: Block) -> Iterator[Fault]:
    name = block.labels[1]
    for setting, wanted, harm in (
        ("uniform_bucket_level_access", "true", "lets single files be opened"),
        ("public_access_prevention", '"enforced"', "may become public"),
    ):
        value = block.values.get(setting)
        if value is None or value.text != wanted:
            line = value.line if value else block.line
            fix = f"write {setting} = {wanted}"
            yield file.fault(line, f"the bucket {name} {harm}", fix)
    if not any(
        (
            *block.inner("retention_policy"),
            *block.inner("lifecycle_rule"),
            *(one for one in block.inner("soft_delete_policy") if _brings_back(one)),
        )
    ):
        words = f"the bucket {name} says nothing of how long it keeps files"
        fix = "add retention_policy { retention_period = … } or a lifecycle_rule"
        yield file.fault(block.line, words, fix)
    force = block.values.get("force_destroy")
    if force and force.text == "true":
        words = f"the bucket {name} goes with all its files"
        yield file.fault(force.line, words, "write force_destroy = false")


def _brings_back(policy: Block) -> bool:
    value = policy.values.get("retention_duration_seconds")
    return value is not None and value.text != "0"


@rule("tf-unpinned", "terraform")
def versions_are_bounded(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """Providers and modules from elsewhere have a version with an upper bound."""
    for block in file.blocks:
        if block.kind == "terraform":
            yield from _providers(file, block)
        if block.kind == "module":
            yield from _module(file, block)


def _providers(file: TerraformFile, block: Block) -> Iterator[Fault]:
    providers = [one.values for one in block.inner("required_providers")]
    for name, value in [pair for one in providers for pair in one.items()]:
        found = re.search(r"\bversion\s*[=:]\s*\"([^\"]*)\"", value.text)
        if not found or not BOUNDED.search(found[1]):
            got = f"version {found[1]!r}" if found else "no version"
            words = f"the provider {name} has {got}: any later one fits"
            yield file.fault(value.line, words, 'write version = "~> MAJOR.MINOR"')


def _module(file: TerraformFile, block: Block) -> Iterator[Fault]:
    source = block.values.get("source")
    if source is None or (source.literal or "").startswith(("./", "../")):
        return
    version = block.values.get("version")
    pinned = "?ref=" in source.text or (version and VERSION.search(version.text))
    if not pinned:
        words = f"the module {block.labels[0]} comes from elsewhere with no version"
        yield file.fault(source.line, words, 'write version = "…", or ?ref=COMMIT')
