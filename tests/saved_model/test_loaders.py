"""Every step that loads a model refuses a harmful one before anything of it runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tests.bulk_inferrer import bulk_trial
from tests.canary import replayed
from tests.evaluator import evaluation_trial
from tests.explain import known_models
from tests.infra_tests import hostile_models
from tests.serving.serving_models import serialized, write_model

from tidegate.columnar.tf_record import write_records
from tidegate.errors import SecurityError
from tidegate.explain.explaining import explain
from tidegate.explain.question import Question
from tidegate.saved_model.allowing import allowed_property
from tidegate.serving.predictor import Predictor

PACKAGE = Path(__file__).parents[2] / "components" / "tidegate"
# Calls that run what a SavedModel holds, or have TFMA do it.
LOADING = (
    "saved_model.load",
    "saved_model.loader.load",
    "models.load_model",
    "default_eval_shared_model",
    "import_meta_graph",
)
DEMANDING = ("demand_safe_operations", "demand_loadable")
# Its models were judged by the executor, before it chose what evaluates them.
JUDGED_BEFORE = {"evaluator/models.py": "evaluator/executor.py"}
REASON = "a test has it"
CONFIG = """
  model_specs { %s signature_name: "serving_default" label_key: "late" }
  metrics_specs { metrics { class_name: "MeanSquaredError" } }
"""
Allowed = Mapping[str, str]
Load = Callable[[Path, Path, Allowed], Any]


def by_predictor(model: Path, work: Path, allowed: Allowed) -> Any:
    return Predictor(str(model), allow_ops=allowed).predict([serialized({"x": 1.0})])


def by_bulk_inferrer(model: Path, work: Path, allowed: Allowed) -> Any:
    examples = bulk_trial.write_examples(
        work / "examples", {"eval": [bulk_trial.rows_of(5)]}
    )
    (work / "artifact").mkdir()
    (work / "artifact" / "Format-Serving").symlink_to(model)
    artifact = bulk_trial.model_artifact(work / "artifact")
    return bulk_trial.infer(work / "out", examples, artifact, allow_ops=allowed)


def by_explainer(model: Path, work: Path, allowed: Allowed) -> Any:
    rows = [{"x": float(at % 9) - 4, "late": at % 2} for at in range(40)]
    examples = known_models.write_examples(work / "examples", rows)
    question = Question(label="late", label_from=None, repeats=1)
    return explain(model, sorted(examples.rglob("*.gz")), question, allowed)


def by_canary(model: Path, work: Path, allowed: Allowed) -> Any:
    examples = replayed.write_examples(work / "examples", eval=replayed.records(50))
    more = allowed_property(allowed, "Canary")
    bench = replayed.Bench(work, examples, more=more)
    bench.push(write_model(work / "champion"))
    return bench.run(bench.push(model, "canary").version)


def of_champion(model: Path, work: Path, allowed: Allowed) -> Any:
    examples = replayed.write_examples(work / "examples", eval=replayed.records(50))
    more = allowed_property(allowed, "Canary")
    bench = replayed.Bench(work, examples, more=more)
    bench.push(model)
    return bench.run(bench.push(write_model(work / "canary"), "canary").version)


def by_evaluator(
    model: Path, work: Path, allowed: Allowed, engine: str = "columnar"
) -> Any:
    return evaluated({"model": model}, work, allowed, engine)


def by_stock_evaluator(model: Path, work: Path, allowed: Allowed) -> Any:
    return by_evaluator(model, work, allowed, "beam")


def of_baseline(model: Path, work: Path, allowed: Allowed) -> Any:
    good = write_model(work / "good")
    return evaluated({"model": good, "baseline": model}, work, allowed, "columnar")


def evaluated(
    models: Mapping[str, Path], work: Path, allowed: Allowed, engine: str
) -> Any:
    pair = 'name: "candidate" ', 'name: "baseline" is_baseline: true '
    specs = pair if len(models) > 1 else ("",)
    config = "".join(CONFIG.partition("metrics_specs")[0] % one for one in specs)
    config += "metrics_specs" + CONFIG.partition("metrics_specs")[2]
    problem = evaluation_trial.Problem(
        evaluation_trial.draw(20),
        tf.Module,
        config,
        baseline=tf.Module if len(models) > 1 else None,
    )
    for name, folder in models.items():
        (work / name).mkdir()
        (work / name / "Format-Serving").symlink_to(folder)
    examples = work / "examples" / "Split-eval"
    examples.mkdir(parents=True)
    write_records(
        examples / "data-0.gz",
        [evaluation_trial.serialized(row) for row in problem.rows],
    )
    more: dict[str, Any] = {**allowed_property(allowed, "Evaluator")}
    return evaluation_trial.run(problem, work, engine=engine, **more)


LOADERS: dict[str, Load] = {
    "Predictor": by_predictor,
    "BulkInferrer": by_bulk_inferrer,
    "Explainer": by_explainer,
    "Canary": by_canary,
    "Canary, its champion": of_champion,
    "Evaluator": by_evaluator,
    "Evaluator on Beam": by_stock_evaluator,
    "Evaluator, its baseline": of_baseline,
}


def every_harm(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    return hostile_models.reads_a_file(given) + hostile_models.runs_python(given)


def reads_and_answers(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    return tf.sigmoid(hostile_models.reads_a_file(given))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model that does harm in every way, and the file that it writes if loaded."""
    folder = tmp_path_factory.mktemp("hostile")
    model, trace = folder / "model", folder / "written"
    hostile_models.write(model, every_harm, written=trace)
    graph = model / "saved_model.pb"
    graph.write_bytes(graph.read_bytes().replace(b"StringLength", b"StrangerOp42"))
    return model, trace


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that somebody answers for, although it reads a file."""
    folder = tmp_path_factory.mktemp("reading") / "model"
    return hostile_models.write(folder, reads_and_answers)


@pytest.mark.parametrize("name", LOADERS)
def test_a_harmful_model_is_not_loaded(
    name: str, hostile: tuple[Path, Path], tmp_path: Path
) -> None:
    model, trace = hostile

    with pytest.raises(SecurityError, match="it could do more than compute") as told:
        LOADERS[name](model, tmp_path, {"ReadFile": REASON})

    assert not trace.exists()
    assert told.value.got is not None
    assert {"EagerPyFunc", "WriteFile", "StrangerOp42"} == {
        one.split()[0] for one in told.value.got.split("; ")
    }
    assert "allow_ops={" in str(told.value.fix)


@pytest.mark.parametrize("name", LOADERS)
def test_a_model_that_somebody_answers_for_is_loaded(
    name: str, reading: Path, tmp_path: Path, nothing_packed: None
) -> None:
    LOADERS[name](reading, tmp_path, {"ReadFile": REASON})

    if name == "Predictor":
        with pytest.raises(SecurityError):
            LOADERS[name](reading, tmp_path, {})


def test_a_harmful_model_would_write_when_it_is_loaded(tmp_path: Path) -> None:
    trace = tmp_path / "written"
    model = hostile_models.write(
        tmp_path / "model", hostile_models.computes, written=trace
    )

    by_predictor(model, tmp_path, {"WriteFile": REASON})

    assert trace.read_text() == "x"


@pytest.fixture(scope="session")
def nothing_packed() -> Iterator[None]:
    """Keeps the stock executor from packing TFX for workers there are none of."""
    from tfx.utils import dependency_utils

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dependency_utils, "make_beam_dependency_flags", list)
        yield


def test_every_module_that_loads_a_model_asks_first() -> None:
    loading = {
        path.relative_to(PACKAGE).as_posix(): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := lines_of(path, LOADING))
    }

    assert {"serving/predictor.py", "evaluator/models.py"} <= set(loading)
    for name, lines in loading.items():
        asked = lines_of(PACKAGE / JUDGED_BEFORE.get(name, name), DEMANDING)
        assert asked, f"{name} loads a model: call demand_safe_operations before"
        assert name in JUDGED_BEFORE or asked[0] < lines[0]


def lines_of(module: Path, calls: tuple[str, ...]) -> list[int]:
    """Lines of a module with one of some calls, by the end of what is called."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and f".{ast.unparse(node.func)}".removesuffix(".__wrapped__").endswith(
            tuple(f".{one}" for one in calls)
        )
    ]


def test_the_guard_sees_calls_however_they_are_written(tmp_path: Path) -> None:
    module = tmp_path / "loads.py"
    module.write_text(
        "a = tf.saved_model.load(x)\n"
        "b = v1.saved_model.load.__wrapped__(x)\n"
        "c = tfma.default_eval_shared_model(x)\n"
        "d = keras.models.load_model(x)\n"
        "e = json.load(x)\n"
    )

    assert lines_of(module, LOADING) == [1, 2, 3, 4]
