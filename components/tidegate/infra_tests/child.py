"""What loads a model and asks it, in a process of its own that may be killed.

Run as `python -m tidegate.infra_tests.child REQUEST ANSWERS`: a file with the
request, and the number of the pipe that answers go to, one line of JSON each. A
line tells what begins, or what was found, so that the one who reads knows where
it ended. TensorFlow is imported here and nowhere else.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tidegate.errors import ComponentError
from tidegate.infra_tests.comparing import (
    OF_LARGEST,
    Answers,
    difference,
    not_finite,
    single_number,
)

_WARM_UP = 10
_TIMED = 300  # requests, of which the third-slowest is beyond p99
_MOST_SECONDS = 5.0
_LONGEST = 300
Tell = Callable[..., None]


class _Loaded(NamedTuple):
    """What is loaded, as `Predictor` takes it."""

    folder: str
    signature: str
    allow_ops: list[str]


def main(request: str, answers: int) -> None:
    """Does what the request asks, and tells it through the pipe."""
    asked = json.loads(Path(request).read_bytes())
    with os.fdopen(answers, "w", encoding="utf-8", closefd=True) as stream:

        def tell(**said: Any) -> None:
            stream.write(json.dumps(said) + "\n")
            stream.flush()

        try:
            _examine(asked, tell)
        except MemoryError:
            tell(failed="memory", got="it asks for more memory than it may have")
        except ComponentError as error:
            tell(failed="error", got=_line(error))
        except Exception as error:  # a model raises what it likes
            tell(failed="error", got=type(error).__name__)
        tell(peak=_peak())


def _examine(asked: dict[str, Any], tell: Tell) -> None:
    tell(begins="start")
    started = time.monotonic()
    import tensorflow as tf

    from tidegate.serving.predictor import Predictor

    tell(found="start", seconds=time.monotonic() - started, version=tf.__version__)
    tell(begins="loads", rss=_peak())
    started = time.monotonic()
    loaded = _Loaded(asked["folder"], asked["signature"], asked["allow_ops"])
    predictor = Predictor(*loaded)
    tell(found="loads", seconds=time.monotonic() - started)
    tell(found="signature", **_signature(predictor))
    records = [base64.b64decode(one) for one in asked["records"]]
    if not records:
        return
    tell(begins="batch")
    answers = _checked(predictor.predict(records), len(records))
    tell(
        found="batch",
        outputs={
            name: {"dtype": values.dtype.name, "shape": list(values.shape[1:])}
            for name, values in answers.items()
        },
        not_finite=not_finite(answers),
        **_numbers(answers),
    )
    _one_by_one(predictor, records, answers, tell)
    tell(begins="determinism")
    again = _checked(predictor.predict(records), len(records))
    told = {"twice": _told(answers, again, exact=True)}
    anew = _checked(Predictor(*loaded).predict(records), len(records))
    told["two loads"] = _told(answers, anew, exact=True)
    tell(found="determinism", **told)
    gc.collect()  # the second one is in memory no longer when a third comes
    tell(begins="server")
    tell(found="server", **_as_served(predictor, loaded, records, answers))


def _as_served(
    predictor: Any, loaded: _Loaded, records: Sequence[bytes], answers: Answers
) -> dict[str, Any]:
    """How the answers differ from those of a session, as model servers have it."""
    from tidegate.serving.session_model import SessionModel

    try:
        with SessionModel(loaded.folder, loaded.allow_ops) as session:
            found = session.run(predictor.signature, predictor.given(records))
        of_largest = OF_LARGEST.get(session.narrowest, 0.0)
        checked = _checked(found, len(records))
        told = _told(answers, checked, exact=False, of_largest=of_largest)
        return {**told, "narrowest": session.narrowest}
    except ComponentError as error:
        return {"rows": 0, "largest": "0", "what": _line(error)}


def _one_by_one(
    predictor: Any, records: Sequence[bytes], answers: Answers, tell: Tell
) -> None:
    """Every record as a request of its own: the same answers, and how long."""
    tell(begins="requests")
    for record in records[:_WARM_UP]:
        predictor.predict([record])
    taken: list[float] = []
    singles: list[Answers] = []
    first = time.monotonic()
    while len(taken) < max(_TIMED, len(records)):
        record = records[len(taken) % len(records)]
        started = time.perf_counter()
        answer = predictor.predict([record])
        taken.append(1000 * (time.perf_counter() - started))
        if len(singles) < len(records):
            singles.append(_checked(answer, 1))
        elif time.monotonic() - first > _MOST_SECONDS:
            break
    together = {
        name: np.concatenate([one[name] for one in singles]) for name in singles[0]
    }
    tell(found="requests", **_told(answers, together, exact=False))
    tell(found="latency", milliseconds=[round(one, 4) for one in taken])


def _checked(answers: Answers, rows: int) -> Answers:
    for name, values in answers.items():
        if values.ndim == 0 or len(values) != rows:
            raise ComponentError(
                f"the output {name!r} does not have one line a request",
                expected=f"{rows} lines",
                got=f"shape {list(values.shape)}",
            )
    return answers


def _signature(predictor: Any) -> dict[str, Any]:
    return {
        "features": list(predictor.features),
        "inputs": {
            name: {"dtype": one.dtype.name, "shape": _shape(one)}
            for name, one in predictor._inputs.items()
        },
        "outputs": list(predictor.outputs),
    }


def _shape(spec: Any) -> list[int | None] | None:
    return None if spec.shape.rank is None else list(spec.shape)


def _numbers(answers: Answers) -> dict[str, Any]:
    """The one number a request, to be held against what was evaluated."""
    name = single_number(answers)
    if name is None:
        return {"output": None, "values": []}
    # NaN is no JSON: as text it survives.
    return {"output": name, "values": [repr(float(v)) for v in answers[name].ravel()]}


def _told(
    first: Answers, second: Answers, *, exact: bool, of_largest: float = 0.0
) -> dict[str, Any]:
    found = difference(first, second, exact=exact, of_largest=of_largest)
    return {"rows": found.rows, "largest": repr(found.largest), "what": found.what}


def _line(error: ComponentError) -> str:
    said = error.message + (f": {error.got}" if error.got else "")
    return said[:_LONGEST]


def _peak() -> int:
    """Bytes of memory that this process has had at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
