"""From a task's judgement to the verdict: the rules of "which is which", pure, the same for every task.

Evidence of one run stands under its name ("main"), of the reference beside it under "main.reference", and
where it was measured again under "main.2", "main.2.reference" and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asynclab.grader.task import Task
from asynclab.grader.verdict import Judgement, Mistake
from asynclab.measure.evidence import Evidence, Raised

REFERENCE = ".reference"  # ends the name of a run of the course's own solution

VERDICT_OF = {  # outcome of a run -> what it makes the verdict
    "no_function": "not_attempted",
    "not_loaded": "crashed",
    "died": "crashed",
    "too_many_processes": "crashed",
    "timed_out": "timed_out",
    "out_of_memory": "out_of_memory",
    "too_much_output": "too_much_output",
    "too_much_disk": "too_much_output",
    "grader_error": "grader_error",
}


@dataclass(frozen=True)
class Decision:
    verdict: str
    judgement: Judgement
    note: str = ""


def decide(task: Task, evidence: Mapping[str, Evidence]) -> Decision:
    """The verdict on `evidence`. A pass only where every demand is met by something measured."""
    ended = _ended(evidence)
    if ended is None:
        return _from_demands(task, task.judge(evidence))
    name, run = ended
    verdict = VERDICT_OF.get(run.outcome, "crashed")
    note = _note(task, run)
    if run.outcome in ("no_function", "not_loaded", "grader_error"):
        return Decision(verdict, Judgement(task.unmeasured()), note)
    judgement = task.judge(evidence)
    if judgement.verdict:  # the task knows better: a run that was meant to raise, say
        return Decision(judgement.verdict, judgement, "" if judgement.verdict == "passed" else note)
    if verdict == "timed_out" and not judgement.mistakes:
        judgement = Judgement(judgement.demands, (_never_finishes(name, run),))
    return Decision(verdict, judgement, note)


def answers(evidence: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """The answer's own runs, the reference's left out."""
    return {name: run for name, run in evidence.items() if not name.endswith(REFERENCE)}


def rounds(evidence: Mapping[str, Evidence], name: str) -> list[Evidence]:
    """A run and its repetitions: "main", "main.2", "main.3"."""
    names = [name, *(f"{name}.{number}" for number in range(2, 10))]
    return [evidence[each] for each in names if each in evidence]


def reference_rounds(evidence: Mapping[str, Evidence], name: str) -> list[Evidence]:
    """The reference's runs beside them: "main.reference", "main.2.reference"."""
    names = [name, *(f"{name}.{number}" for number in range(2, 10))]
    return [evidence[each + REFERENCE] for each in names if each + REFERENCE in evidence]


def _ended(evidence: Mapping[str, Evidence]) -> tuple[str, Evidence] | None:
    """The run that ended the grading early, if one did; our own fault before anything else."""
    if "grader" in evidence:
        return "grader", evidence["grader"]
    for name, run in answers(evidence).items():
        if run.outcome in VERDICT_OF:
            return name, run
        if run.facts.get("essential") and run.outcome in ("raised", "cancelled"):
            return name, run
    return None


def _from_demands(task: Task, judgement: Judgement) -> Decision:
    if judgement.verdict:
        return Decision(judgement.verdict, judgement)
    unmet = [demand for demand in judgement.demands if not demand.met]
    if not unmet:
        return Decision("passed", Judgement(judgement.demands))
    if all(demand.near for demand in unmet):
        what = " and ".join(demand.name for demand in unmet)
        note = f"The machine was too busy to tell: {what} came out differently from one measurement to the next."
        return Decision("inconclusive", Judgement(judgement.demands), note + " This costs you nothing; try again.")
    if not judgement.mistakes:
        demand = unmet[0]
        seen = f"{demand.sentence} Measured: {demand.measured}; asked for: {demand.limit}."
        judgement = Judgement(judgement.demands, (Mistake("wrong-result", seen),))
    return Decision("failed", judgement)


def _never_finishes(name: str, run: Evidence) -> Mistake:
    where = run.stuck_at[0] if run.stuck_at else None
    seen = f"After {run.wall:.0f} s it was still running and was ended."
    if where:
        seen += f" It stood at line {where.line}" + (f": `{where.text}`." if where.text else ".")
    return Mistake("never-finishes", seen, where.line if where else None)


# ---------------------------------------------------------------- the note


def _note(task: Task, run: Evidence) -> str:
    """One sentence or two for the learner: why there was nothing more to judge."""
    if run.outcome == "no_function":
        return _nothing_to_judge(task, run)
    if run.outcome == "not_loaded":
        return "It could not be loaded: " + _told(run.error)
    if run.outcome in ("raised", "cancelled"):
        arity = _wrong_arity(task, run.error)
        return arity or f"{task.function} raised where it should return: " + _told(run.error)
    if run.outcome == "timed_out":
        return f"It was still running after {run.wall:.0f} s and was ended."
    if run.outcome == "out_of_memory":
        return f"It used more memory than it may ({run.peak_memory // 2**20} MiB above the start) and was ended."
    if run.outcome == "too_much_output":
        return "It printed more than it may and was ended."
    if run.outcome == "too_much_disk":
        return "It wrote more to its folder than it may and was ended."
    if run.outcome == "too_many_processes":
        return "It started more processes than it may and was ended."
    if run.outcome == "grader_error":
        return (
            "The grader itself failed: " + (run.error.message if run.error else "unknown") + " This costs you nothing."
        )
    return "Its process ended before it returned anything: " + (run.error.message if run.error else "no word of why.")


def _nothing_to_judge(task: Task, run: Evidence) -> str:
    asked = f"{'async def ' if task.kind == 'coroutine function' else 'def '}{task.function}"
    signature = f"{asked}({', '.join(task.parameters)})"
    untouched = run.facts.get("untouched")
    if untouched == "empty":
        return f"There is no code yet. Asked for is `{signature}`."
    if untouched == "stub" and run.facts.get("given"):
        return f"This is `{task.function}` as it was given, with all its faults: mend one, and grade it again."
    if untouched == "stub":
        return f"`{task.function}` has no body yet: write it where the `...` stands."
    if run.found:
        names = ", ".join(f"`{name}`" for name in run.found[:5])
        return f"Found {names}, but no function called `{task.function}`. Asked for is `{signature}`."
    return f"There is no function called `{task.function}`. Asked for is `{signature}`."


def _wrong_arity(task: Task, error: Raised | None) -> str:
    if error is None or error.type != "TypeError" or error.line is not None:
        return ""
    if "argument" not in error.message or f"{task.function}(" not in error.message:
        return ""
    return f"{task.function} is called with ({', '.join(task.parameters)}): {error.message}."


def _told(error: Raised | None) -> str:
    if error is None:
        return "it gave no reason."
    where = f" (line {error.line})" if error.line else ""
    inner = error.inner[0] if error.inner else None
    text = f"{error.type}: {error.message}" if error.message else error.type
    if inner:
        text += f"; the first in it is {inner.type}: {inner.message}"
    return f"{text}{where}."
