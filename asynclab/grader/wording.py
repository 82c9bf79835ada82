"""What the faces say in words: one set of sentences for the card in a notebook and the text in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asynclab.grader import catalogue
from asynclab.grader.verdict import FREE_VERDICTS, Mistake, Record
from asynclab.measure.evidence import Evidence, Place, Raised

REFERENCE = ".reference"  # ends the name of a run of the course's own answer

WORDS = {
    "passed": "Passed",
    "failed": "Failed",
    "not_attempted": "Not attempted",
    "crashed": "Crashed",
    "timed_out": "Timed out",
    "out_of_memory": "Out of memory",
    "too_much_output": "Too much output",
    "inconclusive": "Inconclusive",
    "grader_error": "Grader error",
}
SIGNS = {"passed": "✓", "not_attempted": "○", "inconclusive": "?", "grader_error": "!"}  # the others: ✗

ENDED_AS = {  # verdict -> outcomes of a run that make it
    "crashed": ("not_loaded", "raised", "cancelled", "died", "unreadable", "too_many_processes"),
    "timed_out": ("timed_out",),
    "out_of_memory": ("out_of_memory",),
    "too_much_output": ("too_much_output", "too_much_disk"),
}

TRACEBACK_LINES = 14
CODE_WIDTH = 200  # characters of one quoted line


@dataclass(frozen=True)
class Help:
    """What help the learner still has: for the last lines of a card."""

    hints: int = 0
    hints_shown: int = 0
    attempts_left: int = 0  # until the solution opens
    solution_open: bool = False


@dataclass(frozen=True)
class Quote:
    """A line of the learner's own code."""

    line: int
    text: str


def word(record: Record) -> str:
    """The verdict in a word or two: "Passed"."""
    return WORDS.get(record.verdict, record.verdict)


def sign(record: Record) -> str:
    return SIGNS.get(record.verdict, "✗")


def points(record: Record) -> str:
    """ "5 of 7 points"; nothing for a task without points, or where nothing was judged."""
    if not record.max_points or record.verdict in FREE_VERDICTS:
        return ""
    return f"{record.points} of {record.max_points} point{'s' if record.max_points > 1 else ''}"


def sentence(record: Record) -> str:
    """The outcome in one line without a measured figure: what two runs of one answer share."""
    parts = [word(record).lower(), points(record)]
    codes = f" ({', '.join(mistake.code for mistake in record.mistakes)})" if record.mistakes else ""
    return f"{record.task}: {', '.join(part for part in parts if part)}{codes}"


def lead(record: Record) -> str:
    """What happened, in a sentence or two: in the grader's own words where it has some."""
    run = telling_run(record)
    if record.verdict == "passed":
        said = "Every demand is met." if record.demands else ""
    elif record.verdict == "failed":
        missed = sum(not demand.met for demand in record.demands)
        said = f"It ran to its end; {missed} of {len(record.demands)} demands {_are(missed)} not met."
    elif record.verdict == "crashed":
        said = "Your code ended before it gave an answer." if run is None or not run.error else _crash(run)
    elif record.verdict == "timed_out":
        said = "It had not come to its end when its time was over, and was stopped."
    elif record.verdict == "out_of_memory":
        said = "It took more memory than a run may, and was stopped."
    elif record.verdict == "too_much_output":
        said = "It wrote more than a run may, and was stopped."
    elif record.verdict == "not_attempted":
        said = "There is no answer to grade yet."
    elif record.verdict == "inconclusive":
        said = "This machine was too busy to tell."
    else:
        said = "The grader failed, not your answer."
    return record.note or said


def free(record: Record) -> str:
    """That it cost nothing, where it did."""
    if "costs you nothing" in record.note:
        return ""
    if record.verdict in FREE_VERDICTS or _is_unreadable(record):
        return "No attempt was counted."
    return ""


def next_step(record: Record) -> str:
    """What to do now, in a sentence."""
    if record.verdict == "passed":
        return f"Compare your way with the course's: `%solution {record.task}` shows it."
    if record.verdict == "failed":
        return "Start with the first mistake: it often explains the rest. Then run the cell again."
    if record.verdict == "not_attempted":
        return "Write your code where the `...` stands and run the cell again."
    if record.verdict == "crashed":
        return "Mend the line above, try the function on small input in a cell of its own, then grade it again."
    if record.verdict == "timed_out":
        if stood_at(record) or any(mistake.line for mistake in record.mistakes):
            return "Look at where it stood: what does that line wait for, and who would end the wait?"
        return "Try it on two or three items in a cell of its own, with a print before each await."
    if record.verdict == "out_of_memory":
        return "Look for what keeps everything at once (a list, a whole body) and take it piece by piece."
    if record.verdict == "too_much_output":
        return "Look for the loop that writes again and again; print once every hundred items, or not at all."
    if record.verdict == "inconclusive":
        return "Close what else is busy (other notebooks, builds, a video) and run the cell again."
    return "Run the cell again. If it fails again, please report it with the record that the last line names."


def help_left(record: Record, help: Help | None) -> str:
    """The hints and the solution that are still to be had, in a sentence or two."""
    if help is None:
        return ""
    said = []
    left = help.hints - help.hints_shown
    if left > 0:
        said.append(f"`%hint {record.task}` shows the next hint ({left} of {help.hints} left).")
    if help.solution_open and record.verdict != "passed":
        said.append(f"`%solution {record.task}` shows the course's answer.")
    elif not help.solution_open:
        more = f"{help.attempts_left} more attempt{'s' if help.attempts_left != 1 else ''}"
        said.append(f"The solution opens when you pass, or after {more}.")
    return " ".join(said)


def small_print(record: Record) -> str:
    """How the grading was made: protection, repetitions, time."""
    said = []
    if record.protection:
        said.append(f"Graded under {record.protection}")
    if record.seconds:
        said.append(f"in {record.seconds:.1f} s")
    again = record.measured_again
    if again:
        said.append(f"(near a line, so measured again {'once' if again == 1 else f'{again} times'})")
    return " ".join(said) + "." if said else ""


def learn_more(record: Record, mistake: Mistake) -> str:
    """ "Lesson 04_aiohttp, One session for the program"; nothing while there is no such section."""
    section = catalogue.where(mistake.code, record.task)
    return f"Lesson {section.lesson}, “{section.heading}”" if section else ""


def measured_nothing(record: Record) -> bool:
    """Whether the demands say nothing: the answer never came so far that one could be measured."""
    return bool(record.demands) and not any(
        demand.met or not demand.measured.startswith("not measured") for demand in record.demands
    )


def clean(said: str) -> str:
    """Text that may come from the answer, without what could steer a terminal or turn the writing's direction."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in said)


# ---------------------------------------------------------------- the learner's own lines


def quote(record: Record, mistake: Mistake, source: str = "") -> Quote | None:
    """The guilty line of a mistake, with its text where that is known."""
    if mistake.line is None:
        return None
    lines = source.splitlines()
    if 0 < mistake.line <= len(lines):
        return Quote(mistake.line, lines[mistake.line - 1].strip()[:CODE_WIDTH])
    text = next((place.text for place in _places(record) if place.line == mistake.line and place.text), "")
    return Quote(mistake.line, text[:CODE_WIDTH])


def traceback(record: Record) -> str:
    """The learner's own part of the traceback, when it crashed."""
    if record.verdict != "crashed":
        return ""
    run = telling_run(record)
    if not run or not run.error:
        return ""
    lines = (run.error.text.strip("\n") or _raised(run.error)).splitlines()
    if run.error.line and not run.error.text.strip().startswith(("Traceback", "File")) and run.outcome == "not_loaded":
        lines = [f"line {run.error.line}: {run.error.text.strip()}", _raised(run.error)]
    elif _raised(run.error) not in lines[-1:]:
        lines.append(_raised(run.error))
    if len(lines) > TRACEBACK_LINES:
        lines = [*lines[: TRACEBACK_LINES // 2], "…", *lines[-TRACEBACK_LINES // 2 :]]
    return "\n".join(line[:CODE_WIDTH] for line in lines)


def stood_at(record: Record) -> list[Place]:
    """Where it stood when it was stopped at a limit, unless a mistake quotes that line anyway."""
    if record.verdict not in ("timed_out", "out_of_memory", "too_much_output"):
        return []
    run = telling_run(record)
    quoted = {mistake.line for mistake in record.mistakes}
    return [place for place in run.stuck_at[:4] if place.line not in quoted] if run else []


def telling_run(record: Record) -> Evidence | None:
    """The run that the verdict rests on: the first of the answer's own that ended as the verdict says."""
    runs = [run for _, run in own_runs(record)]
    ended = [run for run in runs if run.outcome in ENDED_AS.get(record.verdict, ())]
    if record.verdict == "crashed":  # some runs are meant to raise: a page that answers 404, say
        ended = [run for run in ended if run.outcome != "raised" or run.facts.get("essential")] or ended
    return next(iter(ended or runs), None)


def own_runs(record: Record) -> list[tuple[str, Evidence]]:
    """The runs of the learner's answer by name, "main" first, references left out."""
    runs = [(n, e) for n, e in record.evidence.items() if isinstance(e, Evidence) and not n.endswith(REFERENCE)]
    return sorted(runs, key=lambda run: run[0] != "main")


def _places(record: Record) -> Iterator[Place]:
    for _, run in own_runs(record):
        if run.held_at:
            yield run.held_at
        yield from run.stuck_at
        yield from (left.place for left in run.left if left.place)


def _crash(run: Evidence) -> str:
    assert run.error
    if run.outcome == "not_loaded":
        return f"It raised {run.error.type} while it was loaded, before it was called."
    if run.outcome == "raised":
        return f"Your function raised {run.error.type} where it should have returned."
    return "It could not be run to its end."


def _is_unreadable(record: Record) -> bool:
    run = telling_run(record)
    return bool(run and run.outcome == "not_loaded" and run.error and is_syntax_error(run.error))


def is_syntax_error(error: Raised) -> bool:
    """Whether the source was refused by the parser (IndentationError and TabError included)."""
    return "SyntaxError" in (error.type, *error.bases)


def _raised(error: Raised) -> str:
    return f"{error.type}: {error.message}" if error.message else error.type


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
