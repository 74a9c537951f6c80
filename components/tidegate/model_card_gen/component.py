"""ModelCardGen: writes down what a model is, what it is for and how good."""

from __future__ import annotations

from pathlib import Path

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel

from tidegate.artifacts import ModelCard
from tidegate.errors import UsageError
from tidegate.model_card_gen import keys, spec
from tidegate.model_card_gen.about import About, read_about
from tidegate.model_card_gen.executor import Executor


class ModelCardGen(base_component.BaseComponent):  # type: ignore[misc]
    """Makes a model's card of what the run, its ledger and its owners know.

    One HTML page in the style of the test reports, and the same as Markdown, with
    the chapters of Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
    What was not given is left out, with a word that says so. Of a model that was
    pushed, the card is written beside the ledger, too.

    Example:
        ```python
        card = ModelCardGen(
            pushed_model=pusher.outputs["pushed_model"],
            evaluation=evaluator.outputs["evaluation"],
            schema=schema.outputs["schema"],
            explanation=explainer.outputs["explanation"],
            data_report=data_tests.outputs["report"],
            model_report=model_tests.outputs["report"],
            about="schemas/flights/about_model.yaml",
            name="flights",
        )
        ```

    Args:
        pushed_model: PushedModel of a Pusher.
        model: The Model; for a card without a push.
        evaluation: ModelEvaluation of an Evaluator.
        schema: Schema of the data; values of private features are not shown.
        statistics: ExampleStatistics of what the model was trained on.
        explanation: Explanation of an Explainer.
        data_report: Report of DataTests.
        model_report: Report of ModelTests, whose figures the card shows.
        infra_report: Report of InfraTests.
        push_to: Where models are pushed to: a folder, or a URL that fsspec knows;
            None takes what the pushed model says.
        about: What only people know: a YAML file, or `About` built in Python.
        name: Name of the model.

    Raises:
        UsageError: There is no model, or the file is not as it must be.
    """

    SPEC_CLASS = spec.ModelCardGenSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    # It reads the ledger and writes beside it: a cache knows of neither.
    READS_OUTSIDE = True

    def __init__(
        self,
        *,
        pushed_model: channel.BaseChannel | None = None,
        model: channel.BaseChannel | None = None,
        evaluation: channel.BaseChannel | None = None,
        schema: channel.BaseChannel | None = None,
        statistics: channel.BaseChannel | None = None,
        explanation: channel.BaseChannel | None = None,
        data_report: channel.BaseChannel | None = None,
        model_report: channel.BaseChannel | None = None,
        infra_report: channel.BaseChannel | None = None,
        push_to: str | Path | None = None,
        about: str | Path | About | None = None,
        name: str = "model",
    ) -> None:
        if pushed_model is None and model is None:
            raise UsageError(
                "there is no model to make a card of",
                where="ModelCardGen",
                expected="pushed_model, or model",
                got="neither",
                fix='pushed_model=pusher.outputs["pushed_model"]',
            )
        given = {
            keys.PUSHED_MODEL: pushed_model,
            keys.MODEL: model,
            keys.EVALUATION: evaluation,
            keys.SCHEMA: schema,
            keys.STATISTICS: statistics,
            keys.EXPLANATION: explanation,
            keys.DATA_REPORT: data_report,
            keys.MODEL_REPORT: model_report,
            keys.INFRA_REPORT: infra_report,
            keys.PUSH_TO: None if push_to is None else str(push_to),
            keys.ABOUT: _told(about),
        }
        super().__init__(
            spec.ModelCardGenSpec(
                **{
                    keys.NAME: name,
                    **{key: one for key, one in given.items() if one is not None},
                    keys.CARD: channel.Channel(type=ModelCard),
                }
            )
        )


def _told(about: str | Path | About | None) -> str | None:
    """What people say, as JSON."""
    if about is None:
        return None
    read = about if isinstance(about, About) else read_about(Path(about))
    return read.model_dump_json()
