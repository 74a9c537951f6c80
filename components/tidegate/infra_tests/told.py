"""What a child told of a model, as test results. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.infra_tests.comparing import OF_LARGEST
from tidegate.infra_tests.probe import Probe
from tidegate.infra_tests.results import result, some
from tidegate.infra_tests.settings import Settings, shown_bytes
from tidegate.report.model import TestResult

# Where a child is when it begins something.
_AFTER = {"start": "loads", "loads": "loads", "batch": "requests"}
_RESTORED = (
    "hold a Keras model by training.model_layer(model) in the module that is saved, "
    "and what else signatures read as attributes of it"
)
_COMPARED = (
    "compare with the answers of your model server; a variable or table that it fills "
    "otherwise, or float16 that rounds in many layers, makes such a difference"
)


def loading(found: Probe, settings: Settings) -> Iterator[TestResult]:
    """Whether the model was loaded within its limits."""
    loaded = found.found.get("loads")
    limits = f"within {settings.seconds:g} s and {shown_bytes(settings.memory)}"
    network = f"; with network: {found.cut_off}" if found.cut_off else "; no network"
    if loaded is None:
        yield result(
            "loads",
            "model",
            limits,
            _end(found) + network,
            ok=False,
            fix="load it with tf.saved_model.load, and see what it says",
        )
        return
    seconds = float(loaded["seconds"])
    yield result("loads", "model", limits, f"{seconds:.1f} s{network}", ok=True)


def signature(
    found: Probe, settings: Settings, names: frozenset[str] | None
) -> Iterator[TestResult]:
    """Whether the signature takes what the examples have and gives numbers.

    Args:
        found: What the child told.
        settings: What is asked.
        names: Features of the examples or the schema; None where nobody knows.
    """
    told = found.found.get("signature")
    if told is None:
        yield from _unsaid(found, "signature", settings.signature)
        return
    inputs = ", ".join(_typed(n, one) for n, one in sorted(told["inputs"].items()))
    lacking = sorted(set(told["features"]) - names) if names is not None else []
    observed = f"takes {inputs}; gives {', '.join(told['outputs'])}"
    if lacking:
        observed = f"takes {', '.join(some(lacking))}, which the examples have not"
    yield result(
        "signature",
        settings.signature,
        "takes what the examples have",
        observed,
        ok=not lacking,
        fix="export a signature over features that requests have",
    )
    batch = found.found.get("batch")
    if batch is not None:
        outputs = ", ".join(_typed(n, o) for n, o in sorted(batch["outputs"].items()))
        fine = any(_is_number(one["dtype"]) for one in batch["outputs"].values())
        yield result(
            "signature",
            "answers",
            "at least one output with numbers",
            outputs,
            ok=fine,
            fix="return predictions as numbers",
        )


def requests(found: Probe, count: int) -> Iterator[TestResult]:
    """Whether sample requests are answered, singly as together."""
    if not count:
        yield result(
            "requests",
            "sample",
            "every request is answered",
            "there are no examples to replay",
            ok=None,
        )
        return
    batch, single = found.found.get("batch"), found.found.get("requests")
    if batch is None or single is None:
        yield from _unsaid(found, "requests", "sample")
    if batch is not None:
        bad = batch["not_finite"]
        told = ", ".join(f"{name}: {rows} of {count}" for name, rows in bad.items())
        yield result(
            "requests",
            "finite",
            "no NaN and no infinity",
            told or f"{count} requests answered",
            ok=not bad,
            fix="look for divisions by zero, logarithms and missing values",
        )
    if single is not None:
        yield result(
            "requests",
            "one by one",
            "the same answers as in a batch",
            _difference(single, count),
            ok=not _differs(single),
            fix="export with training=False; nothing may depend on the batch",
        )


def determinism(found: Probe, count: int) -> Iterator[TestResult]:
    """Whether the same requests get the same answers."""
    told = found.found.get("determinism")
    if told is None:
        yield from _unsaid(found, "determinism", "answers", nothing_asked=not count)
        return
    for subject in ("twice", "two loads"):
        yield result(
            "determinism",
            subject,
            "the same answers, bit by bit",
            _difference(told[subject], count),
            ok=not _differs(told[subject]),
            fix="take randomness and dropout out of the served signature",
        )


def server(found: Probe, count: int) -> Iterator[TestResult]:
    """Whether a session, as model servers have it, gives the same answers."""
    told = found.found.get("server")
    if told is None:
        yield from _unsaid(found, "server", "session", nothing_asked=not count)
        return
    by_itself = _differs(found.found.get("determinism", {}).get("twice", {}))
    yield result(
        "server",
        "session",
        "the same answers where graph and variables are restored in a session"
        + _rounded(told.get("narrowest")),
        "its answers differ by themselves"
        if by_itself and not told["what"]
        else _difference(told, count),
        ok=None if by_itself and not told["what"] else not _differs(told),
        fix=_RESTORED if told["what"] else _COMPARED,
    )


def _rounded(narrowest: str | None) -> str:
    share = OF_LARGEST.get(narrowest or "")
    if share is None:
        return ""
    return f", up to {share:.2g} of the largest, as it computes in {narrowest}"


def latency(found: Probe, settings: Settings) -> Iterator[TestResult]:
    """How long single requests take, one after the other."""
    told = found.found.get("latency")
    if told is None:
        yield from _unsaid(
            found,
            "latency",
            "single requests",
            nothing_asked="batch" not in found.found,
        )
        return
    times = sorted(float(one) for one in told["milliseconds"])
    for share, most in ((50, settings.latency_p50_ms), (99, settings.latency_p99_ms)):
        value = times[min(len(times) - 1, len(times) * share // 100)]
        yield result(
            "latency",
            f"p{share}",
            f"at most {most:g} ms" if most else "any, there is no budget",
            f"{value:.2f} ms over {len(times)} single requests",
            ok=most is None or value <= most,
            fix="make the model smaller, or the budget larger",
        )


def memory(found: Probe, settings: Settings) -> Iterator[TestResult]:
    """How much memory the process took."""
    if "loads" in found.found:
        yield result(
            "memory",
            "process",
            f"at most {shown_bytes(settings.memory)}",
            f"{shown_bytes(found.peak)} with TensorFlow",
            ok=found.peak <= settings.memory,
            fix="make the model smaller, or the limit larger",
        )


def _unsaid(
    found: Probe, test: str, subject: str, nothing_asked: bool = False
) -> Iterator[TestResult]:
    """A test that the child did not come to, or in which it ended."""
    began_here = _AFTER.get(found.began or "", found.began) == test
    if test == "signature":  # whoever loads it looks for the signature, too
        began_here = test in _end(found)
    if nothing_asked or not began_here:
        yield result(test, subject, "an answer", "the model was not asked", ok=None)
    else:
        yield result(
            test,
            subject,
            "an answer",
            _end(found),
            ok=False,
            fix="serve the model with the features that it was trained on",
        )


def _end(found: Probe) -> str:
    return found.ended or "it ended without a word"


def _difference(told: Mapping[str, Any], count: int) -> str:
    if told["what"]:
        return str(told["what"])
    if not told["rows"]:
        return f"the same for {count} requests"
    largest = float(told["largest"])
    return (
        f"other answers to {told['rows']} of {count} requests, by up to {largest:.3g}"
    )


def _differs(told: Mapping[str, Any]) -> bool:
    return bool(told and (told["rows"] or told["what"]))


def _typed(name: str, one: Mapping[str, Any]) -> str:
    shape = one["shape"]
    sizes = (
        "?" if shape is None else ", ".join("?" if s is None else str(s) for s in shape)
    )
    return f"{name} {one['dtype']}[{sizes}]"


def _is_number(dtype: str) -> bool:
    return dtype.startswith(("float", "int", "uint", "bfloat"))
