"""Builds run by Cloud Build's rules; each here really starts processes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.cloudbuild.build_trial import built, log, processes, run, statuses

from cloudbuild.rooms import LARGEST_OUTPUT
from cloudbuild.surroundings import why_not_apart
from tidegate.errors import UsageError

# Other tests of this machine sleep for as long, but for its fraction.
OWN = str(os.getpid())
apart_or_not = pytest.mark.parametrize(
    "apart",
    [
        False,
        pytest.param(
            True,
            marks=pytest.mark.skipif(
                why_not_apart() is not None, reason=f"no namespaces: {why_not_apart()}"
            ),
        ),
    ],
)


@apart_or_not
def test_steps_share_the_workspace_and_the_home_and_nothing_else(
    tmp_path: Path, apart: bool
) -> None:
    text = """
    steps:
    - {id: write, script: "pwd; echo one > shared; echo two > $HOME/n; echo > /tmp/t"}
    - {id: read, script: "cat /workspace/shared $HOME/n; test ! -e /tmp/t"}
    """
    if not apart:  # The machine's /tmp is everybody's.
        text = text.replace("; echo > /tmp/t", "").replace("; test ! -e /tmp/t", "")
    result = run(text, tmp_path, apart=apart)
    assert result.status == "SUCCESS", log(tmp_path)
    said = log(tmp_path)
    assert 'Step #1 - "read": one' in said
    assert 'Step #1 - "read": two' in said
    place = "/workspace" if apart else str(tmp_path / "source")
    assert f'Step #0 - "write": {place}' in said


@pytest.mark.skipif(why_not_apart() is not None, reason="needs namespaces")
def test_apart_a_step_can_write_nowhere_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    text = f"""
    steps:
    - {{id: try, script: "for f in /etc/x /usr/x /opt/x {outside} /x; do
        touch $f; done; ls /tmp; ls -A /builder"}}
    """
    result = run(text, tmp_path, apart=True)
    assert not outside.exists()
    assert not Path("/x").exists()
    assert result.status == "SUCCESS"
    assert log(tmp_path).count("Read-only file system") == 3


@apart_or_not
def test_the_environment_of_a_step_is_clean(
    tmp_path: Path, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING_OF_OURS", "leak")
    monkeypatch.setenv("PYTHONPATH", "leak")
    text = "steps: [{entrypoint: env}]"
    run(text, tmp_path, apart=apart, variables={"UV_CACHE_DIR": "/cache"})
    names = {line.partition("=")[0] for line in log(tmp_path).splitlines()}
    assert names == {
        "PATH", "HOME", "BUILDER_OUTPUT", "UV_CACHE_DIR", "CLOUDBUILD_STEP", "SUCCESS",
    }  # fmt: skip


def test_the_steps_own_env_wins_over_options_and_mapped_substitutions(
    tmp_path: Path,
) -> None:
    text = """
    options: {env: ["_A=options", "B=options", "C=${_A}"], automapSubstitutions: true}
    steps:
    - {id: one, env: ["B=step"], script: "echo $_A $B $C $_D"}
    - {id: two, automapSubstitutions: false, script: "echo $_A $B $C $_D."}
    """
    run(text, tmp_path, values={"_A": "mapped", "_D": "mapped"})
    assert 'Step #0 - "one": options step mapped mapped' in log(tmp_path)
    assert 'Step #1 - "two": options options mapped .' in log(tmp_path)


def test_a_script_takes_its_own_shell_and_no_substitutions(tmp_path: Path) -> None:
    text = """
    steps:
    - id: python
      script: |
        #!/usr/bin/env python3
        print("$PROJECT_ID", 1 + 1)
    - {id: sh, script: "echo $0 ${_A:-shell}"}
    """
    run(text, tmp_path, values={"PROJECT_ID": "p", "_A": "value"})
    assert 'Step #0 - "python": $PROJECT_ID 2' in log(tmp_path)
    assert log(tmp_path).count("shell") == 1


def test_arguments_entrypoint_dir_and_image_programs(tmp_path: Path) -> None:
    text = """
    steps:
    - {id: entry, entrypoint: echo, args: ["${_A}", "$$HOME", "a b"], dir: "new/${_A}"}
    - {id: args, args: [pwd], dir: "new/x"}
    - {id: image, name: "gcr.io/cloud-builders/echo:v1", args: [from, image]}
    """
    run(text, tmp_path, values={"_A": "x"})
    said = log(tmp_path)
    assert 'Step #0 - "entry": x $HOME a b' in said
    assert f'Step #1 - "args": {tmp_path}/source/new/x' in said
    assert 'Step #2 - "image": from image' in said


@apart_or_not
def test_volumes_are_shared_by_name(tmp_path: Path, apart: bool) -> None:
    text = """
    steps:
    - {id: a, volumes: [{name: v, path: /shared}], script: "echo here > /shared/f"}
    - {id: b, volumes: [{name: v, path: /other}], script: "cat /other/f"}
    - {id: c, script: "test ! -e /shared/f"}
    """
    assert run(text, tmp_path, apart=apart).status == "SUCCESS"
    assert 'Step #1 - "b": here' in log(tmp_path)


def test_outputs_of_builders_are_kept_up_to_their_limit(tmp_path: Path) -> None:
    text = """
    steps:
    - {id: a, script: "printf hello > $BUILDER_OUTPUT/output"}
    - {id: b, script: "head -c 60000 /dev/zero > $BUILDER_OUTPUT/output"}
    - {id: c, script: "true"}
    """
    first, second, third = run(text, tmp_path).steps
    assert (first.output, third.output) == (b"hello", b"")
    assert len(second.output) == LARGEST_OUTPUT


def test_parallel_steps_overlap(tmp_path: Path) -> None:
    # Each waits until it sees the other: in a row they would never end.
    text = """
    steps:
    - {id: a, waitFor: ["-"], script: "touch a; until test -e b; do sleep .05; done"}
    - {id: b, waitFor: ["-"], script: "touch b; until test -e a; do sleep .05; done"}
    timeout: 20s
    """
    assert run(text, tmp_path).status == "SUCCESS"


@apart_or_not
def test_a_failure_cancels_what_runs_and_starts_nothing_more(
    tmp_path: Path, apart: bool
) -> None:
    text = """
    steps:
    - {id: long, waitFor: ["-"], script: "touch on; sleep 61.OWN"}
    - {id: bad, waitFor: ["-"], script: "until test -e on; do sleep .05; done; exit 9"}
    - {id: next, script: "touch never"}
    """.replace("OWN", OWN)
    begin = time.monotonic()
    result = run(text, tmp_path, apart=apart)
    assert time.monotonic() - begin < 45
    assert result.status == "FAILURE"
    assert 'build step 1 "image" failed: step exited with non-zero' in result.detail
    assert statuses(result) == {"long": "CANCELLED", "bad": "FAILURE", "next": "QUEUED"}
    assert result.steps[1].exit_code == 9
    assert not (tmp_path / "source" / "never").exists()
    assert not list(processes(f"61.{OWN}"))


@pytest.mark.parametrize(
    ("allowed", "code", "status"),
    [
        ("allowFailure: true", 5, "SUCCESS"),
        ("allowExitCodes: [4, 5]", 5, "SUCCESS"),
        ("allowExitCodes: [4]", 5, "FAILURE"),
        ("allowFailure: true, allowExitCodes: [4]", 5, "FAILURE"),
        ("allowFailure: false", 5, "FAILURE"),
        ("allowFailure: false", 0, "SUCCESS"),
    ],
)
def test_allowed_failures_do_not_fail_the_build(
    tmp_path: Path, allowed: str, code: int, status: str
) -> None:
    text = f"""
    steps:
    - {{id: may, {allowed}, script: "exit {code}"}}
    - {{id: then, script: "true"}}
    """
    result = run(text, tmp_path)
    assert result.status == status
    assert result.steps[0].status == ("FAILURE" if code else "SUCCESS")
    assert result.steps[1].status == ("SUCCESS" if status == "SUCCESS" else "QUEUED")


@apart_or_not
def test_a_step_over_its_time_is_killed_with_all_that_it_started(
    tmp_path: Path, apart: bool
) -> None:
    text = """
    steps:
    - {id: slow, timeout: 1s, script: "setsid sleep 62.OWN & (trap '' TERM;
        sleep 63.OWN)"}
    """.replace("OWN", OWN)
    result = run(text, tmp_path, apart=apart)
    assert (result.status, result.steps[0].status) == ("FAILURE", "TIMEOUT")
    assert "took over 1 s" in result.detail
    assert not [*processes(f"62.{OWN}"), *processes(f"63.{OWN}")]


def test_a_build_over_its_time_is_a_timeout(tmp_path: Path) -> None:
    text = """
    steps:
    - {id: slow, script: "sleep 64.OWN"}
    - {id: next, script: "true"}
    timeout: 1s
    """.replace("OWN", OWN)
    result = run(text, tmp_path)
    assert result.status == "TIMEOUT"
    assert statuses(result) == {"slow": "CANCELLED", "next": "QUEUED"}
    assert not list(processes(f"64.{OWN}"))


@apart_or_not
def test_what_a_step_leaves_behind_ends_with_it(tmp_path: Path, apart: bool) -> None:
    text = """
    steps:
    - {id: leave, script: "setsid sleep 65.OWN & sleep 66.OWN & true"}
    - {id: look, script: "true"}
    """.replace("OWN", OWN)
    assert run(text, tmp_path, apart=apart).status == "SUCCESS"
    assert not [*processes(f"65.{OWN}"), *processes(f"66.{OWN}")]


def test_a_command_that_is_not_there_fails_the_step_as_in_a_container(
    tmp_path: Path,
) -> None:
    result = run("steps: [{entrypoint: no-such-program}]", tmp_path)
    assert (result.steps[0].status, result.steps[0].exit_code) == ("FAILURE", 127)
    assert "no-such-program: executable file not found" in log(tmp_path)


def test_a_step_killed_by_a_signal_has_the_shells_code(tmp_path: Path) -> None:
    result = run("steps: [{script: 'kill -KILL $$'}]", tmp_path)
    assert result.steps[0].exit_code == 137


@pytest.mark.skipif(why_not_apart() is not None, reason="needs namespaces")
def test_a_volume_without_a_place_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    text = "steps: [{volumes: [{name: v, path: /usr/no/such}], script: 'true'}]"
    result = run(text, tmp_path, apart=True)
    assert (result.status, result.steps[0].status) == (
        "INTERNAL_ERROR",
        "INTERNAL_ERROR",
    )
    assert "no place for /usr/no/such" in result.detail


@apart_or_not
def test_secrets_reach_only_steps_that_ask_and_no_log(
    tmp_path: Path, apart: bool
) -> None:
    text = """
    steps:
    - {id: has, secretEnv: [TOKEN], script: "echo $TOKEN; printf %s $TOKEN | base64;
        printf %s $TOKEN > $BUILDER_OUTPUT/output; test $TOKEN = s3cr3t-value/1"}
    - {id: has-not, script: "test -z \\"$TOKEN\\""}
    availableSecrets:
      secretManager:
      - {versionName: "projects/p/secrets/${_NAME}/versions/2", env: TOKEN}
    """
    secrets = {"tok": "s3cr3t-value/1"}
    result = run(text, tmp_path, apart=apart, secrets=secrets, values={"_NAME": "tok"})
    assert result.status == "SUCCESS", log(tmp_path)
    assert log(tmp_path).count("********") == 2
    assert result.steps[0].output == b"********"
    for path in (tmp_path / "build" / "logs").iterdir():
        assert "s3cr3t" not in path.read_text()


def test_a_variable_in_plain_sight_wins_over_a_secret_of_its_name(
    tmp_path: Path,
) -> None:
    text = """
    steps: [{env: ["TOKEN=plain"], secretEnv: [TOKEN], script: "echo got $TOKEN"}]
    availableSecrets:
      secretManager: [{versionName: projects/p/secrets/t/versions/1, env: TOKEN}]
    """
    run(text, tmp_path, secrets={"t": "a secret"})
    assert "got plain" in log(tmp_path)
    assert not list((tmp_path / "build" / "temporary").iterdir())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "steps: [{secretEnv: [TOKEN], script: 'true'}]",
            "step #0 asks for the secret TOKEN, which is not declared",
        ),
        (
            "steps: [{secretEnv: [T], script: 'true'}]\n"
            "availableSecrets: {secretManager: [{versionName: "
            "projects/p/secrets/t/versions/1, env: T}]}",
            "given no value",
        ),
        ("steps: [{script: 'true', entrypoint: sh}]", "script and also entrypoint"),
        ("steps: [{dir: x}]", "says nothing to run"),
        ("steps: [{id: a, waitFor: [b], script: 'true'}]", "no step has that id"),
        ("steps: [{env: [NAME], script: 'true'}]", "without a value"),
    ],
)
def test_what_cloud_build_refuses_starts_nothing(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        built(text, tmp_path)


def test_images_that_no_step_built_fail_the_build(tmp_path: Path) -> None:
    def push(names: list[str]) -> list[tuple[str, str]]:
        raise LookupError(f"no {names}")

    text = "{steps: [{script: 'true'}], images: ['r/i:${_T}']}"
    result = run(text, tmp_path, push_images=push, values={"_T": "t"})
    assert (result.status, result.detail) == ("FAILURE", "no ['r/i:t']")
