"""Stand-ins of cloud programs: what they refuse, and what they remember."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.cloudbuild.build_trial import built

from cloudbuild.recording import Recording
from cloudbuild.stand_ins.calling import answer
from cloudbuild.stand_ins.references import Refusal, parse
from cloudbuild.stand_ins.registry import Registry, manifest, opened
from cloudbuild.surroundings import Surroundings, why_not_apart

ROOT = Path(__file__).resolve().parents[2]
BASE = "sha256:" + "0" * 64
REPOSITORY = "europe-docker.pkg.dev/project/images/tidegate"
DOCKERFILE = """\
ARG BASE=python:3.13
ARG BASE_DIGEST
FROM ${BASE}@${BASE_DIGEST} AS build
COPY source \\
    setup.py ./
FROM build
COPY --from=build /nowhere /x
"""


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a Dockerfile and what it copies, as the working folder."""
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "setup.py").write_text("1")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.py").write_text("2")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(registry: Registry, program: str, *argv: str) -> str:
    said, why = answer(program, argv, registry)
    assert said == ""
    assert why is not None
    return str(why)


def done(registry: Registry, program: str, *argv: str) -> str:
    said, why = answer(program, argv, registry)
    assert why is None, why
    return said


def build(registry: Registry, *more: str) -> str:
    argument = f"BASE_DIGEST={BASE}"
    name = f"{REPOSITORY}:abc"
    return done(
        registry, "docker", "build", "--build-arg", argument, "-t", name, *more, "."
    )


def test_a_digest_follows_from_what_was_built(context: Path) -> None:
    digests = []
    for text in ("2", "2", "3"):
        (context / "source" / "a.py").write_text(text)
        registry = Registry()
        build(registry)
        said = done(registry, "docker", "push", f"{REPOSITORY}:abc")
        digests.append(said.split("digest: ")[1].split()[0])
    assert digests[0] == digests[1] != digests[2]


def test_what_was_pushed_can_be_asked_for_and_tagged(context: Path) -> None:
    registry = Registry()
    build(registry, "--iidfile", "id")
    name = f"{REPOSITORY}:abc"
    done(registry, "docker", "push", name)
    shown = done(
        registry, "docker", "inspect", "--format", "{{index .RepoDigests 0}}", name
    )
    digest = manifest(Path("id").read_text())
    assert shown == f"{REPOSITORY}@{digest}\n"
    images = ("artifacts", "docker", "images", "describe", name)
    assert done(
        registry, "gcloud", *images, "--format=value(image_summary.digest)"
    ) == (f"{digest}\n")
    add = ("artifacts", "docker", "tags", "add", f"{REPOSITORY}@{digest}")
    done(registry, "gcloud", *add, f"{REPOSITORY}:v1", "--quiet")
    assert registry.tags(REPOSITORY) == {"abc": digest, "v1": digest}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("docker exec x", 'unknown command "exec x"'),
        ("docker build --squash -t a:b .", "unknown flag: --squash"),
        ("docker build -t a:b nowhere", "path nowhere not found"),
        ("docker build -f Other -t a:b .", "open Other: no such file"),
        ("docker build -t A:b .", "invalid reference format"),
        ("docker build .", "no -t"),
        ("docker build -t a:b . more", "takes 1 to 1 arguments, got 2"),
        ("docker build -t a:b", "takes 1 to 1 arguments, got 0"),
        ("docker build -t", "flag needs an argument: -t"),
        (
            f"docker build --build-arg BASE_DIGEST={BASE} --build-arg NEW=1 -t a:b .",
            "has no ARG NEW; it declares BASE, BASE_DIGEST",
        ),
        ("docker build -t a:b .", "Dockerfile:3: FROM ${BASE}@${BASE_DIGEST} becomes"),
        (
            "docker build --build-arg BASE_DIGEST=sha256:12 -t a:b .",
            "invalid reference format",
        ),
        ("docker build --target no -t a:b .", "has no stage no"),
        (
            f"docker build --build-arg BASE_DIGEST={BASE} --cache-from type=magic"
            " -t a:b .",
            "type is one of",
        ),
        ("docker push a:b", "does not exist locally with the tag: a:b"),
        (f"docker push a@{BASE}", "has a digest, where a tag is due"),
        ("docker tag a:b c:d", "No such image: a:b"),
        ("docker inspect a:b", "No such image: a:b"),
        ("docker pull a:b", "manifest unknown: it was never pushed"),
        ("gcloud builds submit", 'unknown command "builds submit"'),
        ("gcloud artifacts docker images describe a:b --x=1", "unknown flag: --x"),
        ("gcloud artifacts docker tags add a:b a:c", "names no digest"),
        (f"gcloud artifacts docker tags add a@{BASE} a:c", "no image of it was pushed"),
        (f"gcloud artifacts docker tags add a@{BASE} b:c", "not of one repository"),
        ("gcloud auth configure-docker evil.example", "no host of a registry"),
        ("kubectl apply -f x", 'unknown command "apply -f x"'),
        ("gsutil cp a gs://b", 'unknown command "cp a gs://b"'),
    ],
)
def test_what_the_real_program_or_the_house_refuses(
    context: Path, argv: str, words: str
) -> None:
    program, *rest = argv.split()
    assert words in refused(Registry(), program, *rest)


def test_a_name_without_an_image_is_an_answer_and_no_fault(tmp_path: Path) -> None:
    recording = Recording(tmp_path, False)
    recording.prepare()
    env = {"CLOUDBUILD_RECORDING": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}
    program = tmp_path / "programs" / "docker"
    for name in ("r/i:never", f"r/i@{BASE}"):
        subprocess.run([program, "pull", name], env=env, check=False)
    tagged, by_digest = recording.calls()
    assert (tagged["refused"], by_digest["absent"]) == (None, None)
    assert "never pushed" in tagged["absent"]
    assert "no image of it" in by_digest["refused"]


def test_options_that_came_after_the_pinned_client_are_refused(context: Path) -> None:
    for words in (
        "buildx imagetools create --prefer-index=false --tag a:b a:c",
        "build --provenance=false -t a:b .",
        "build --push -t a:b .",
    ):
        assert "unknown" in refused(Registry(), "docker", *words.split())


def test_an_image_is_started_by_its_digest(context: Path) -> None:
    registry = Registry()
    build(registry)
    done(registry, "docker", "push", f"{REPOSITORY}:abc")
    digest = registry.find(parse(f"{REPOSITORY}:abc"))
    start = ("run", "--rm", "--network", "none")
    done(registry, "docker", *start, f"{REPOSITORY}@{digest}")
    for name, words in (
        (f"{REPOSITORY}:abc", "names no digest"),
        (f"{REPOSITORY}@{BASE}", "No such image"),
    ):
        assert words in refused(registry, "docker", *start, name)
    assert "--rm" in refused(registry, "docker", "run", f"{REPOSITORY}@{digest}")


def test_a_file_that_the_image_copies_must_be_there(context: Path) -> None:
    (context / "setup.py").unlink()
    argument = f"BASE_DIGEST={BASE}"
    said = refused(
        Registry(), "docker", "build", "--build-arg", argument, "-t", "a:b", "."
    )
    assert said == "Dockerfile:4: the context . has no setup.py"


def test_the_real_dockerfile_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    registry = Registry()
    build(registry, "-f", "kubeflow/Dockerfile")
    assert list(registry.local) == [f"{REPOSITORY}:abc"]
    argument = f"BASE_DIGEST={BASE}"
    said = refused(
        registry, "docker", "build", "-f", "kubeflow/Dockerfile", "--build-arg",
        argument, "--build-arg", "NO_SUCH=1", "-t", "a:b", ".",
    )  # fmt: skip
    assert "kubeflow/Dockerfile has no ARG NO_SUCH" in said


@pytest.mark.parametrize(
    "text", ["", "A", "a:", "a@sha256:1", "a b", "a//b", "https://a/b", "a:b:c", "-a"]
)
def test_what_is_no_name_of_an_image(text: str) -> None:
    with pytest.raises(Refusal):
        parse(text)


def test_the_registry_outlives_calls(tmp_path: Path) -> None:
    with opened(tmp_path) as registry:
        registry.local["a:b"] = "sha256:1"
    with opened(tmp_path) as registry:
        assert registry.local == {"a:b": "sha256:1"}


@pytest.mark.parametrize("apart", [False, True])
def test_within_a_build_calls_are_recorded_whole(tmp_path: Path, apart: bool) -> None:
    if apart and (why := why_not_apart()):
        pytest.skip(why)
    recording = Recording(tmp_path / "recording", apart)
    recording.prepare()
    source = tmp_path / "source"
    source.mkdir()
    (source / "Dockerfile").write_text("FROM scratch\nCOPY f /f\n")
    (source / "f").write_text("f")
    text = """
    steps:
    - {id: build, entrypoint: docker, args: [build, -t, "r/i:1", .]}
    - {id: refused, entrypoint: docker, args: [push, "r/i:2"], allowFailure: true,
       env: [DOCKER_BUILDKIT=1]}
    - {id: kubectl, entrypoint: kubectl, args: [get, pods], allowFailure: true}
    images: ["r/i:1"]
    """
    result = built(
        text,
        tmp_path,
        surroundings=Surroundings(
            apart=apart,
            variables=recording.variables("trial"),
            binds=recording.binds(),
            programs=recording.programs(),
        ),
        push_images=recording.push_images,
    ).run()
    log = (tmp_path / "build" / "logs" / "build.log").read_text()
    assert result.status == "SUCCESS", log
    built_call, push, kubectl = recording.calls("trial")
    assert built_call["argv"] == ["build", "-t", "r/i:1", "."]
    assert built_call["cwd"] == ("/workspace" if apart else str(source))
    assert (built_call["refused"], built_call["step"]) == (None, "build")
    assert "r/i:2" in push["refused"]
    assert push["env"] == {"DOCKER_BUILDKIT": "1"}
    assert "unknown command" in kubectl["refused"]
    assert [step.exit_code for step in result.steps] == [0, 1, 1]
    assert recording.pushed("r/i") == {"1": result.images[0][1]}
    assert recording.calls("another") == []


def test_images_that_were_never_built_are_missing(tmp_path: Path) -> None:
    recording = Recording(tmp_path, False)
    recording.prepare()
    with pytest.raises(LookupError, match="failed to find one or more images"):
        recording.push_images(["r/i:1"])


def test_the_programs_work_from_a_shell(tmp_path: Path) -> None:
    recording = Recording(tmp_path, False)
    recording.prepare()
    program = tmp_path / "programs" / "docker"
    env = {"CLOUDBUILD_RECORDING": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        [program, "push", "a b"], env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("docker: invalid reference format")
