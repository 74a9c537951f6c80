"""Two runs are equal to the byte, equal in content, or not, node by node."""

from __future__ import annotations

import pytest
from tests.lineage.lineage_records import code, node, output, record

from tidegate.lineage.changes import changes
from tidegate.lineage.equality import compare, first_difference, worst
from tidegate.lineage.reproduction import conclusion
from tidegate.lineage.run_record import Node, Output

EXAMPLES = node("ExampleGen", examples=output("/a/1", rows__gz="x"))


def with_model(model: Output) -> tuple[Node, ...]:
    return (EXAMPLES, node("Trainer", model=model))


def verdicts(nodes: tuple[Node, ...]) -> dict[str, str]:
    found = compare(record(), record(nodes=nodes))
    return {f"{one.node}.{one.output}": one.verdict for one in found}


def test_the_same_files_are_equal_to_the_byte() -> None:
    found = compare(record(), record())
    assert [one.verdict for one in found] == ["bytes", "bytes"]
    assert worst(found) == "bytes"
    assert first_difference(found) is None


@pytest.mark.parametrize(
    ("then", "now", "verdict"),
    [
        ("one", "one", "content"),
        ("", "", "content"),
        ("one", "two", "differs"),
        ("one", "", "differs"),
        ("one", None, "differs"),
        (None, None, "differs"),
    ],
)
def test_other_bytes_are_equal_only_where_they_say_the_same(
    then: str | None, now: str | None, verdict: str
) -> None:
    def held(said: str | None, text: str) -> Output:
        content = {} if said is None else {"saved_model.pb": said}
        return output("/a/2", content, saved_model__pb=text)

    before = record(nodes=with_model(held(then, "y")))
    found = compare(before, record(nodes=with_model(held(now, "z"))))
    assert [one.verdict for one in found] == ["bytes", verdict]
    assert worst(found) == verdict


@pytest.mark.parametrize(
    "model",
    [output("/a/2"), output("/a/2", saved_model__pb="y", more="1")],
    ids=["gone", "more"],
)
def test_a_file_that_is_gone_or_new_makes_a_difference(model: Output) -> None:
    assert verdicts(with_model(model))["Trainer.model"] == "differs"


def test_a_node_that_did_not_run_makes_a_difference() -> None:
    found = compare(record(), record(nodes=(EXAMPLES,)))
    assert worst(found) == "differs"
    first = first_difference(found)
    assert first is not None
    assert (first.node, first.why) == ("Trainer", "it ran only then")


def test_an_output_that_only_one_run_has_makes_a_difference() -> None:
    assert verdicts((EXAMPLES, node("Trainer")))["Trainer.model"] == "differs"


def test_a_node_that_fails_now_makes_a_difference() -> None:
    nodes = (
        EXAMPLES,
        node("Trainer", "failed", model=output("/a/2", saved_model__pb="y")),
    )
    assert verdicts(nodes)["Trainer.None"] == "differs"


def test_a_cached_node_is_as_good_as_one_that_ran() -> None:
    nodes = (EXAMPLES.model_copy(update={"state": "cached"}), *record().nodes[1:])
    assert worst(compare(record(), record(nodes=nodes))) == "bytes"


def test_a_run_that_ends_otherwise_is_not_equal() -> None:
    found = compare(record(), record(state="shut"))
    assert worst(found) == "differs"
    assert found[-1].why == "the run ended 'done', now 'shut'"


@pytest.mark.parametrize("key", ["model_run", "updated_analyzer_cache"])
def test_working_files_are_not_compared(key: str) -> None:
    plain = node("Trainer")
    then, now = (
        record(nodes=(plain.model_copy(update={"outputs": {key: output(a=text)}}),))
        for text in ("1", "2")
    )
    assert compare(then, now) == ()


def test_an_output_without_digests_is_looked_at_once_more() -> None:
    nothing = Output(uri="/a/2")
    asked = []

    def deepen(one: Output, which: str) -> Output:
        asked.append((one.uri, which))
        return output("/a/2", saved_model__pb="y")

    found = compare(record(nodes=with_model(nothing)), record(), deepen)
    assert worst(found) == "bytes"
    assert asked == [("/a/2", "then"), ("/a/2", "now")]


def test_without_digests_nobody_can_say() -> None:
    found = compare(record(nodes=with_model(Output(uri="/a/2"))), record())
    assert worst(found) == "unknown"


def test_what_was_left_out_says_nothing() -> None:
    found = compare(
        record(), record(nodes=(EXAMPLES,)), left_out=frozenset({"Trainer"})
    )
    assert worst(found) == "bytes"
    assert found[-1].verdict == "unknown"


def test_the_conclusion_names_what_changed() -> None:
    then = record()
    now = record(
        code=code(pipeline="1", model="3"),
        nodes=with_model(output("/a/2", saved_model__pb="z")),
    )
    found = compare(then, now)
    said = conclusion(worst(found), found, changes(then, now))
    assert said == (
        "the result differs, first at Trainer.model; "
        "what changed: code model.py changed"
    )


def test_the_conclusion_names_the_first_node_that_is_not_deterministic() -> None:
    nodes = (
        node("ExampleGen", examples=output("/a/1", rows__gz="x")),
        node("Trainer", model=output("/a/2", saved_model__pb="z")),
    )
    found = compare(record(), record(nodes=nodes))
    said = conclusion(worst(found), found, ())
    assert "no input changed: Trainer.model is the first" in said


def test_the_conclusion_of_an_equal_result_tells_what_changed_all_the_same() -> None:
    then, now = record(), record(code=code(pipeline="1", model="3"))
    found = compare(then, now)
    said = conclusion(worst(found), found, changes(then, now))
    assert said == (
        "the result is equal to the byte, although inputs changed: "
        "code model.py changed"
    )
