"""What make calls: every step asks for what it needs, on any Python it may meet."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery import digests, specs
from delivery.errors import DeliveryError, demand

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scripts" / "delivery"
# Called with the Python of a builder image, before or without our environment.
ANYWHERE = (
    *("__main__", "cloud_storage", "container_image", "digests", "environment_cache"),
    *("errors", "pins", "record", "spec_images", "specs", "stores", "compiling"),
    *("registry", "registry_access", "main_specs", "pins_today"),
)
STEPS = {
    "record": ("BUILDS", "COMMIT"),
    "submit": ("SPEC", "KFP_HOST", "RUN"),
    "build-record": ("BUILDS", "COMMIT", "IMAGE"),
    "promote-image": ("COMMIT", "VERSION"),
    "promote-specs": ("COMMIT", "VERSION", "KFP_HOST"),
    "plan": ("BASE",),
    "specs": ("IMAGE", "IMAGE_FILE"),
    "image": ("IMAGE", "CODE_VERSION"),
    "image-push": ("IMAGE", "CODE_VERSION"),
}
NAMES = {name for names in STEPS.values() for name in names}


def step(name: str, **said: str) -> subprocess.CompletedProcess[str]:
    """A step, started as make starts it."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    return subprocess.run(
        [sys.executable, str(FOLDER), name],
        capture_output=True,
        text=True,
        check=False,
        env={**clean, **said},
    )


@pytest.mark.parametrize("name", STEPS)
def test_step_without_its_variables_says_which(name: str) -> None:
    done = step(name)
    assert done.returncode == 2
    assert done.stderr.startswith("✗")
    assert all(f"{variable}=" in done.stderr for variable in STEPS[name])
    assert "Traceback" not in done.stderr


def test_cache_without_a_name_is_no_failure() -> None:
    for name in ("env-restore", "env-save"):
        done = step(name, CACHE="")
        assert done.returncode == 0
        assert "no CACHE is named" in done.stdout


def test_specs_are_kept_where_a_place_is_named_only() -> None:
    done = step("keep-specs", MAIN_SPECS="", COMMIT=40 * "0", BRANCH="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no MAIN_SPECS is named" in done.stdout
    done = step("keep-specs", MAIN_SPECS="gs://specs", COMMIT="", BRANCH="")
    assert done.returncode == 2
    assert "COMMIT=" in done.stderr
    assert "BRANCH=" in done.stderr


@pytest.mark.parametrize("name", ANYWHERE)
def test_module_of_the_builders_is_for_python_3_8(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text()
    tree = ast.parse(text, feature_version=(3, 8))
    outside = {
        alias.name.split(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        str(node.module).split(".")[0]
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
    }
    ours = {"bootstrapping", "delivery", "__future__"}
    assert outside - ours <= set(sys.stdlib_module_names)


def test_make_hands_variables_to_no_shell() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipes = re.findall(r"^\t@.*scripts/delivery.*$", makefile, re.MULTILINE)
    assert len(recipes) >= 14
    for recipe in recipes:
        assert re.fullmatch(
            r"\t@\$\((IN_VENV|ANY_PYTHON)\) scripts/delivery [a-z-]+", recipe
        )


VALUES = ("v1$(shell touch ran)", "$(x)", "`touch ran`", "a;touch ran", "$$HOME ${x}")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("way", ["command line", "environment"])
def test_make_hands_variables_on_as_they_are(
    tmp_path: Path, value: str, way: str
) -> None:
    """A tag may be called almost anything; the Makefile is a release's first reader."""
    makefile = tmp_path / "Makefile"
    recipe = "\n.PHONY: show\nshow:\n\t@printenv VERSION\n"
    makefile.write_text((ROOT / "Makefile").read_text() + recipe)
    given = (f"VERSION={value}",) if way == "command line" else ()
    done = subprocess.run(
        ["make", "show", *given],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VERSION": value},
    )
    assert (done.returncode, done.stdout) == (0, f"{value}\n"), done.stderr
    assert not (tmp_path / "ran").exists()


def longest_way(build: dict[str, Any]) -> int:
    """Seconds of the steps that wait for one another, each as long as it may take."""
    ends: dict[str, int] = {}
    for step in build["steps"]:
        before = [one for one in step.get("waitFor", list(ends)) if one != "-"]
        begin = max((ends[one] for one in before), default=0)
        ends[step["id"]] = begin + int(step["timeout"].rstrip("s"))
    return max(ends.values())


@pytest.mark.parametrize(
    "file",
    [
        "cloudbuild.yaml",
        "kubeflow/cloudbuild/main.yaml",
        "kubeflow/cloudbuild/tag.yaml",
    ],
)
def test_steps_that_take_all_their_time_fit_into_the_build(file: str) -> None:
    build = yaml.safe_load((ROOT / file).read_text())
    assert longest_way(build) <= int(build["timeout"].rstrip("s"))


def test_release_runs_no_environment_that_another_account_wrote() -> None:
    text = (ROOT / "kubeflow/cloudbuild/tag.yaml").read_text()
    assert "CACHE=" not in text
    assert "env-restore" not in text


def test_every_step_is_a_target_with_the_variables_it_reads() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for name, variables in STEPS.items():
        assert f"\n{name}:" in makefile
        for variable in variables:
            line = f"override export {variable} := $(value {variable})\n"
            assert line in makefile


def test_all_that_is_missing_is_asked_for_at_once() -> None:
    with pytest.raises(DeliveryError, match="say A=1 C=3") as raised:
        demand("x", {"A": " ", "B": "b"}, {"A": "1", "B": "2", "C": "3"})
    assert raised.value.code == 2
    assert demand("x", {"A": " a "}, {"A": "1"}) == {"A": "a"}


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("tidegate", "tidegate"),
        ("tidegate:dev", "tidegate"),
        ("localhost:5000/tidegate", "localhost:5000/tidegate"),
        ("localhost:5000/a/tidegate:1@sha256:0", "localhost:5000/a/tidegate"),
    ],
)
def test_repository_is_the_name_without_tag_and_digest(
    image: str, repository: str
) -> None:
    assert digests.repository_of(image) == repository


def test_image_to_compile_for_is_given_or_read(tmp_path: Path) -> None:
    image = "registry.example/tidegate@sha256:" + 64 * "a"
    (tmp_path / "image.txt").write_text(f"{image}\n")
    assert specs.image_of("", "image.txt", tmp_path) == image
    assert specs.image_of(image, "", tmp_path) == image
    assert specs.image_of("placeholder", "", tmp_path) == specs.PLACEHOLDER


@pytest.mark.parametrize(
    ("image", "file", "told"),
    [
        ("", "", "make specs needs more"),
        ("tidegate:dev", "", "not named by its digest"),
        ("", "none.txt", "cannot be read"),
        ("", "tag.txt", "not named by its digest"),
    ],
)
def test_image_that_may_change_is_not_compiled_for(
    tmp_path: Path, image: str, file: str, told: str
) -> None:
    (tmp_path / "tag.txt").write_text("tidegate:1.0\n")
    with pytest.raises(DeliveryError, match=told):
        specs.image_of(image, file, tmp_path)


def test_every_pipeline_is_compiled_for_every_environment() -> None:
    files = {one.file for one in specs.jobs_of(ROOT)}
    ends = ("dev.yaml", "prod.yaml", "vertex.json")
    assert files >= {
        f"{one}.{end}" for one in ("flights", "flights-batch") for end in ends
    }


def test_one_spec_that_is_refused_leaves_the_others_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / specs.SPECS / "flights.dev.yaml"
    there.parent.mkdir(parents=True)
    there.write_text("of before")
    outcomes = [specs.Outcome("a.dev.yaml", 0, ""), specs.Outcome("b.dev.yaml", 5, "")]
    monkeypatch.setattr(specs, "compile_into", lambda *_: outcomes)
    with pytest.raises(DeliveryError, match=r"1 of 2 .* b.dev.yaml") as raised:
        specs.compile_all(tmp_path, specs.PLACEHOLDER)
    assert raised.value.code == 5
    assert there.read_text() == "of before"
    assert [one.name for one in (tmp_path / "build").iterdir()] == ["specs"]
