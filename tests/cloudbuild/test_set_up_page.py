"""The page that sets Cloud Build up says what the files beside it say.

Its commands are run, with a gcloud that only writes down what it is asked.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from cloudbuild.terraform import Block, examine_terraform

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "kubeflow" / "cloudbuild"
MODULE = FOLDER / "terraform"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
TRIGGERS = ("pull-request", "main", "tag")

GCLOUD = """
set -eu
gcloud() { printf '%s\\t' "$@" >> calls; echo >> calls; }
"""

# Who may do what with what: account, resource, role.
Right = tuple[str, str, str]


@dataclass(frozen=True)
class Run:
    """What the commands of the page did.

    Attributes:
        folder: Where they ran.
        calls: The arguments of each call of gcloud.
    """

    folder: Path
    calls: tuple[tuple[str, ...], ...]

    def values(self, *words: str) -> list[str]:
        """The argument behind some first words, of each call that has them."""
        size = len(words)
        return [one[size] for one in self.calls if one[:size] == words]


def section(title: str) -> str:
    """The shell commands under a heading of the page."""
    text = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert text, title
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", text[1], re.M | re.S))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The way by gcloud, from its settings to the imported triggers."""
    return set_up(tmp_path_factory.mktemp("set-up"))


def set_up(folder: Path, branch: str = "main") -> Run:
    """Runs the commands, with ours for what is the reader's."""
    (folder / "kubeflow").symlink_to(ROOT / "kubeflow")
    settings = [one for one in section("1. Before").splitlines() if "export" in one]
    ours = [one.replace("=my-", "=acme-") for one in settings]
    ours.append(f"export MAIN_BRANCH={branch}")
    script = "\n".join([GCLOUD, *ours, section("3b. With gcloud")])
    subprocess.run(["bash", "-c", script], cwd=folder, check=True)
    lines = (folder / "calls").read_text(encoding="utf-8").splitlines()
    return Run(folder, tuple(tuple(line.strip("\t").split("\t")) for line in lines))


def resources(*kinds: str) -> Iterator[Block]:
    for path in sorted(MODULE.glob("*.tf")):
        file, faults = examine_terraform(path)
        assert file is not None, faults
        yield from file.resources(*kinds)


def written_rights() -> set[Right]:
    """What the module lets each account do, without the optional Vertex AI."""
    found: set[Right] = set()
    for block in resources():
        values = {name: value.text for name, value in block.values.items()}
        if "role" not in values or "vertex" in block.labels[1]:
            continue
        if "acts_as" in block.labels[1]:
            continue
        place = values.get("bucket") or values.get("repository")
        place = place or values.get("secret_id") or "project"
        found.add((account(values["member"]), resource(place), role(values["role"])))
    return found


def account(member: str) -> str:
    named = re.search(
        r"(?:google_service_account\.|tidegate-)(pull.request|main|tag)", member
    )
    return named[1].replace("_", "-") if named else "people"


def resource(text: str) -> str:
    for word in ("cache", "builds", "specs", "dev", "prod"):
        if word in text:
            return word
    return "project" if text in ("project", "projects") else "registry"


def role(text: str) -> str:
    return "tagger" if "tagger" in text else text.strip('"')


def commanded_rights(ran: Run) -> set[Right]:
    """What the commands of the page let each account do."""
    found: set[Right] = set()
    for call in ran.calls:
        if "add-iam-policy-binding" not in call:
            continue
        options = dict(one[2:].split("=", 1) for one in call if one.startswith("--"))
        name = call[call.index("add-iam-policy-binding") + 1]
        # A bucket is named after the project, too: only its end tells.
        place = "project" if call[0] == "projects" else name.rpartition("-")[2]
        found.add((account(options["member"]), resource(place), role(options["role"])))
    return found


def test_the_commands_give_the_rights_of_the_module(ran: Run) -> None:
    commanded = commanded_rights(ran)

    assert commanded == written_rights()
    assert len(commanded) == 17


def test_the_commands_make_the_role_of_the_module(ran: Run) -> None:
    (tagger,) = (
        one
        for one in resources("google_project_iam_custom_role")
        if one.labels[1] == "tagger"
    )
    (call,) = (one for one in ran.calls if one[:3] == ("iam", "roles", "create"))

    wanted = [text for text, _ in tagger.values["permissions"].literals]
    assert f"--permissions={','.join(wanted)}" in call


@pytest.mark.parametrize("name", TRIGGERS)
def test_an_imported_trigger_has_nothing_left_to_replace(ran: Run, name: str) -> None:
    text = (ran.folder / "build" / "triggers" / f"{name}.yaml").read_text("utf-8")
    trigger = yaml.safe_load(text)
    made = ran.values("storage", "buckets", "create")
    secrets = ran.values("secrets", "create")
    given = trigger["substitutions"]

    assert [one for one in text.splitlines() if "my-" in one.partition("#")[0]] == []
    assert {
        given[one] for one in ("_BUILDS", "_CACHE", "_MAIN_SPECS") if one in given
    } <= set(made)
    assert given.get("_KFP_TOKEN_SECRET", secrets[0]) in secrets
    accounts = ran.values("iam", "service-accounts", "create")
    assert trigger["serviceAccount"].partition("@")[0].rpartition("/")[2] in accounts


@pytest.mark.parametrize(
    ("branch", "pattern"),
    [("main", "^main$"), ("release/1.x", "^release/1[.]x$"), ("1.0", "^1[.]0$")],
)
def test_main_branch_may_have_another_name(
    tmp_path: Path, branch: str, pattern: str
) -> None:
    folder = set_up(tmp_path, branch).folder / "build" / "triggers"
    of = {one: yaml.safe_load((folder / f"{one}.yaml").read_text()) for one in TRIGGERS}

    assert of["main"]["github"]["push"] == {"branch": pattern}
    assert of["pull-request"]["github"]["pullRequest"]["branch"] == pattern
    assert of["pull-request"]["substitutions"]["_BASE"] == branch
    assert list(of["tag"]["github"]["push"]) == ["tag"]


def test_specs_are_not_deleted_by_their_age(ran: Run) -> None:
    (module,) = (
        one for one in resources("google_storage_bucket") if one.labels[1] == "specs"
    )
    aged = ran.values("storage", "buckets", "update")

    assert not any(module.inner("lifecycle_rule"))
    assert aged == ["gs://acme-project-tidegate-cache"]


@pytest.mark.parametrize("name", TRIGGERS)
def test_both_ways_make_the_same_trigger(name: str) -> None:
    trigger = yaml.safe_load((FOLDER / "triggers" / f"{name}.yaml").read_text("utf-8"))
    (block,) = (
        one
        for one in resources("google_cloudbuild_trigger")
        if one.labels[1] == name.replace("-", "_")
    )
    keys = set(re.findall(r"^\s*(_\w+)\s*=", block.values["substitutions"].text, re.M))

    assert block.values["filename"].literal == trigger["filename"]
    assert block.values["description"].literal == trigger["description"]
    assert keys == set(trigger["substitutions"])
    assert any(block.inner("approval_config")) == ("approvalConfig" in trigger)


def test_every_variable_is_on_the_page() -> None:
    text = (MODULE / "variables.tf").read_text(encoding="utf-8")
    table = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))

    names = re.findall(r'^variable "(\w+)"', text, re.M)
    assert [one for one in names if f"`{one}`" not in table] == []


def test_every_file_on_the_page_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGE)

    assert links
    assert [one for one in links if not (FOLDER / one).exists()] == []
