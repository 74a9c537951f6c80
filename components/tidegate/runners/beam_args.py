"""Arguments for Beam: those of a local run, and those from the command line."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stderr

from tidegate.errors import UsageError, raise_all

LOCAL = (
    # Named in full: the name DirectRunner may look for a binary elsewhere first.
    "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",
    "--direct_running_mode=in_memory",
)

# Each Beam executor packs all of TFX for its workers, 1 to 2 s, unless the arguments
# say where those get it from. A local worker is this process, or a child of it,
# and starts no image.
_NO_PACKING = "--sdk_container_image=none"
_PACKING = {
    "--extra_package",
    "--extra_packages",
    "--setup_file",
    "--requirements_file",
    "--worker_harness_container_image",
    "--sdk_container_image",
}
_UNSURE_RUNNERS = ("DirectRunner", "direct", "SwitchingDirectRunner")


def checked(given: Sequence[str]) -> tuple[str, ...]:
    """The arguments as they were given.

    Raises:
        UsageError: One is not of the form --key or --key=value, or names a runner
            that may fetch another from outside.
    """
    raise_all(
        "arguments for Beam cannot be used",
        [error for one in given if (error := _fault(one)) is not None],
    )
    return tuple(given)


def merged(given: Sequence[str]) -> list[str]:
    """The given arguments, and those of a local run that they do not name."""
    named = {one.partition("=")[0] for one in given}
    own = [one for one in LOCAL if one.partition("=")[0] not in named]
    packed = named & _PACKING or "--runner" in named
    return [*own, *([] if packed else [_NO_PACKING]), *given]


def demand_understood(given: Sequence[str]) -> None:
    """Refuses what Beam would end the process for, or leave out with a warning.

    Another runner than the local one may know arguments that Beam does not.

    Raises:
        UsageError: The arguments cannot be used.
    """
    if not given:
        return
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.runner import create_runner

    options, said = PipelineOptions(list(given)), io.StringIO()
    try:
        with redirect_stderr(said):
            known = options.get_all_options()
            there = options.get_all_options(retain_unknown_options=True)
        if known["runner"]:
            create_runner(known["runner"])
    except SystemExit:
        reason = said.getvalue().strip().splitlines()[-1:]
        raise _not_understood(given, "".join(reason).rpartition("error: ")[2]) from None
    except (ValueError, ImportError, AttributeError) as error:
        raise _not_understood(given, str(error)) from error
    if not known["runner"] and (unknown := sorted(set(there) - set(known))):
        raise _not_understood(given, f"Beam does not know {', '.join(unknown)}")


def _not_understood(given: Sequence[str], reason: str) -> UsageError:
    return UsageError(
        "Beam does not understand its arguments",
        where="--beam-arg",
        expected="options of Beam, as --key=value",
        got=f"{' '.join(given)}: {reason}",
        fix="correct or leave out what it names",
    )


def _fault(one: str) -> UsageError | None:
    if not one.startswith("--") or len(one) < 3:
        return UsageError(
            "an argument for Beam needs its two hyphens",
            where="--beam-arg",
            expected="--key=value",
            got=one,
            fix=f"--beam-arg=--{one.lstrip('-') or 'direct_num_workers=2'}",
        )
    key, _, value = one.partition("=")
    if key == "--runner" and value.rpartition(".")[2] in _UNSURE_RUNNERS:
        return UsageError(
            "this name leaves open which runner it is, and may download one",
            where="--beam-arg",
            expected="a runner that is named in full",
            got=one,
            fix="leave it out: FnApiRunner is what a local run takes",
        )
    return None
