"""From demands to verdicts: which is which, for any task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from asynclab.grader import demands as d
from asynclab.grader.judging import decide
from asynclab.grader.task import Ask, Task
from asynclab.grader.verdict import Judgement, Mistake
from asynclab.measure.evidence import Evidence, Place, Raised
from tests.grader import evidence as made

TIME = Ask("time", "It is quick.", "at most 3 times the reference")
RIGHT = Ask("result", "It is right.", "right")


class Toy(Task):
    name = "99_toy.toy"
    function = "toy"
    parameters = ("a", "b")
    asks = (RIGHT, TIME)

    def judge(self, evidence: Mapping[str, Evidence]) -> Judgement:
        main = evidence["main"]
        mistakes = (Mistake("wrong-result", "No."),) if main.facts.get("right") is False else ()
        right = RIGHT.result(main.facts.get("right") is True, "so")
        return Judgement((right, d.together(TIME, evidence, "main", 0.1)), mistakes)


TOY = Toy()


def timed(*walls: tuple[float, float], right: bool = True) -> dict[str, Evidence]:
    """Evidence of rounds of (answer, reference) seconds."""
    evidence = {}
    for number, (answer, reference) in enumerate(walls, 1):
        name = "main" if number == 1 else f"main.{number}"
        evidence[name] = made.run(wall=answer, facts={"right": right, "essential": True})
        evidence[f"{name}.reference"] = made.run(wall=reference, facts={"right": True})
    return evidence


def near(evidence: Mapping[str, Evidence]) -> bool:
    return any(demand.near for demand in TOY.judge(evidence).demands)


def test_all_demands_met_is_passed() -> None:
    decision = decide(TOY, timed((0.12, 0.1)))
    assert decision.verdict == "passed" and not decision.judgement.mistakes
    assert not near(timed((0.12, 0.1)))


def test_wrong_is_failed_with_its_mistake() -> None:
    decision = decide(TOY, timed((0.12, 0.1), right=False))
    assert decision.verdict == "failed" and [m.code for m in decision.judgement.mistakes] == ["wrong-result"]


def test_failed_names_a_mistake_even_where_the_task_found_none() -> None:
    decision = decide(TOY, timed((1.2, 0.1), (1.2, 0.1), (1.2, 0.1)))
    assert decision.verdict == "failed" and decision.judgement.mistakes


@pytest.mark.parametrize("ratio", [2.4, 3.1, 5.0, 20.0])
def test_near_the_line_or_slow_alone_is_measured_again(ratio: float) -> None:
    assert near(timed((ratio / 10, 0.1)))


def test_the_median_of_the_rounds_decides() -> None:
    assert decide(TOY, timed((0.5, 0.1), (0.12, 0.1), (0.13, 0.1))).verdict == "passed"
    assert decide(TOY, timed((0.5, 0.1), (0.52, 0.1), (0.51, 0.1))).verdict == "failed"


def test_rounds_that_disagree_are_inconclusive() -> None:
    decision = decide(TOY, timed((0.5, 0.1), (0.12, 0.1), (0.6, 0.1)))
    assert decision.verdict == "inconclusive" and "busy" in decision.note and not decision.judgement.mistakes


def test_a_reference_far_from_its_ideal_is_inconclusive() -> None:
    assert decide(TOY, timed((6.0, 1.0), (6.0, 1.1), (6.0, 1.2))).verdict == "inconclusive"


def test_a_wrong_result_is_failed_however_busy_it_is() -> None:
    busy = timed((6.0, 1.0), (6.0, 1.1), (6.0, 1.2), right=False)
    assert decide(TOY, busy).verdict == "failed"


def test_nothing_measured_is_no_pass() -> None:
    assert decide(TOY, {"main": made.run(facts={})}).verdict != "passed"
    assert decide(TOY, {"main": made.run(facts={"right": True})}).verdict != "passed"


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ("no_function", "not_attempted"),
        ("not_loaded", "crashed"),
        ("raised", "crashed"),
        ("died", "crashed"),
        ("timed_out", "timed_out"),
        ("out_of_memory", "out_of_memory"),
        ("too_much_output", "too_much_output"),
        ("too_much_disk", "too_much_output"),
        ("too_many_processes", "crashed"),
        ("grader_error", "grader_error"),
    ],
)
def test_outcomes_that_end_it(outcome: str, verdict: str) -> None:
    decision = decide(TOY, {"main": made.run(outcome, facts={"essential": True})})
    assert decision.verdict == verdict and decision.note
    assert not any(demand.met for demand in decision.judgement.demands)


def test_an_ended_run_beside_met_demands_is_no_pass() -> None:
    evidence = {**timed((0.1, 0.1)), "cancel": made.run("timed_out", wall=9.0)}
    assert decide(TOY, evidence).verdict == "timed_out"


def test_a_run_that_may_raise_is_no_crash() -> None:
    assert decide(TOY, {**timed((0.1, 0.1)), "errors": made.run("raised")}).verdict == "passed"


def test_timed_out_tells_where_it_stood() -> None:
    stuck = made.run("timed_out", wall=8.2, stuck_at=(Place(12, "f", "await queue.join()"),), facts={"essential": True})
    (mistake,) = decide(TOY, {"main": stuck}).judgement.mistakes
    assert mistake.code == "never-finishes" and mistake.line == 12 and "queue.join()" in mistake.seen


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (made.run("no_function", facts={"untouched": "empty"}), "no code yet"),
        (made.run("no_function", facts={"untouched": "stub"}), "no body yet"),
        (made.run("no_function", found=("tow", "other")), "`tow`"),
        (made.run("no_function"), "async def toy(a, b)"),
        (made.run("not_loaded", error=Raised("SyntaxError", "invalid syntax", (), 4)), "line 4"),
        (made.run("raised", error=Raised("KeyError", "'x'", (), 9), facts={"essential": True}), "line 9"),
        (
            made.run(
                "raised",
                error=Raised("TypeError", "toy() takes 1 positional argument but 2 were given", ()),
                facts={"essential": True},
            ),
            "is called with (a, b)",
        ),
    ],
)
def test_notes_say_what_was_found(run: Evidence, said: str) -> None:
    assert said in decide(TOY, {"main": run}).note


def test_a_type_error_inside_the_answer_is_no_wrong_arity() -> None:
    error = Raised("TypeError", "toy() takes 1 positional argument but 2 were given", (), 5)
    note = decide(TOY, {"main": made.run("raised", error=error, facts={"essential": True})}).note
    assert "is called with" not in note and "line 5" in note


def test_the_reference_is_never_judged() -> None:
    evidence = timed((0.1, 0.1))
    evidence["main.reference"] = replace(evidence["main.reference"], outcome="raised")
    assert decide(TOY, evidence).verdict == "passed"
