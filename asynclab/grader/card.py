"""A record as a report card for a notebook: HTML that needs no script, in JupyterLab's own colours.

It reads in both themes, with a screen reader, and in a notebook that isn't trusted yet: there JupyterLab takes
style sheets and inline SVG away, so structure and words carry everything, and the pictures are images.
"""

from __future__ import annotations

import html as markup

from asynclab.grader import catalogue, picture, wording
from asynclab.grader.verdict import FREE_VERDICTS, Demand, Mistake, Record
from asynclab.grader.wording import Help

LEFT = ' style="text-align:left"'  # said in place, because style sheets don't reach into an untrusted notebook
LESSONS = "../notebooks/"  # where the lessons' notebooks are, seen from exercises/ and solutions/


def html(record: Record, *, source: str = "", help: Help | None = None, kept: str = "", lessons: str = LESSONS) -> str:
    """The card.

    `source` is the answer, for quoting its lines; `help` the hints and attempts that are left; `kept` where the
    record is stored; `lessons` the folder of the lessons' notebooks, as a link sees it. Everything that comes
    from the learner's code is escaped.
    """
    label = escape(f"Report card: {wording.sentence(record)}")
    parts = [
        f'<section class="asynclab-card asynclab-{_tone(record)}" aria-label="{label}">',
        f"<style>{STYLE}</style>",
        _head(record),
        _said(f"{wording.lead(record)} {wording.free(record)}".strip()),
        _traceback(record),
        _mistakes(record, source, lessons),
        _demands(record),
        _pictures(record),
        _foot(record, help, kept),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def sentence_html(record: Record) -> str:
    """The outcome in one line, for a display of its own above the card; it is announced when it appears."""
    return f'<div class="asynclab-sentence" role="status">{escape(wording.sentence(record))}</div>'


def _head(record: Record) -> str:
    points = wording.points(record)
    return (
        '<h3 class="asynclab-verdict">'
        f'<span class="asynclab-sign" aria-hidden="true">{wording.sign(record)}</span> {escape(wording.word(record))}'
        + (f' <span class="asynclab-points">{escape(points)}</span>' if points else "")
        + f' <code class="asynclab-task">{escape(record.task)}</code></h3>'
    )


def _tone(record: Record) -> str:
    """Which of three tones the card has; the word and the sign say the same."""
    if record.verdict in FREE_VERDICTS:
        return "free"
    return record.verdict if record.verdict in ("passed", "failed") else "stopped"


def _traceback(record: Record) -> str:
    if shown := wording.traceback(record):
        return f"<h4>What it raised</h4>\n<pre>{escape(shown)}</pre>"
    places = wording.stood_at(record)
    if not places:
        return ""
    lines = "\n".join(f"line {p.line}: {p.text or p.function}" for p in places)
    return f"<h4>Where it stood</h4>\n<pre>{escape(lines)}</pre>"


def _demands(record: Record) -> str:
    if not record.demands:
        return ""
    if wording.measured_nothing(record):
        return f"<p>None of the {len(record.demands)} demands could be measured.</p>"
    rows = "\n".join(_demand(demand) for demand in record.demands)
    return (
        f"<table>\n<caption{LEFT}>What was asked and what was measured</caption>\n"
        f'<thead><tr><th scope="col"{LEFT}>Demand</th><th scope="col"{LEFT}>Limit</th>'
        f'<th scope="col"{LEFT}>Measured</th>'
        f'<th scope="col"{LEFT}>Met?</th></tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>'
    )


def _demand(demand: Demand) -> str:
    sign, word, kind = ("✓", "met", "met") if demand.met else ("✗", "not met", "missed")
    return (
        f'<tr class="asynclab-{kind}"><th scope="row"{LEFT}>{prose(demand.sentence or demand.name)}</th>'
        f"<td{LEFT}>{prose(demand.limit)}</td><td{LEFT}>{prose(demand.measured)}</td>"
        f'<td class="asynclab-mark"{LEFT}><span aria-hidden="true">{sign}</span> {word}</td></tr>'
    )


def _mistakes(record: Record, source: str, lessons: str) -> str:
    """The first mistake in full; the others by name and by what was seen, the rest one click away."""
    if not record.mistakes:
        return ""
    first, *others = record.mistakes
    shown = [_mistake(record, first, source, lessons, folded=False)]
    shown += [_mistake(record, mistake, source, lessons, folded=True) for mistake in others]
    return "\n".join(shown)


def _mistake(record: Record, mistake: Mistake, source: str, lessons: str, *, folded: bool) -> str:
    entry = catalogue.entry(mistake.code)
    name = f'<h4>{escape(entry.name)} <code class="asynclab-code">{escape(mistake.code)}</code></h4>'
    seen = f'<p class="asynclab-seen">{prose(mistake.seen)}</p>' if mistake.seen else ""
    quote = wording.quote(record, mistake, source)
    guilty = ""
    if quote:
        guilty = f"<pre><b>line {quote.line}</b>{'  ' + escape(quote.text) if quote.text else ''}</pre>"
    more = []
    if entry.why:
        more.append(f"<p>{prose(entry.why)}</p>")
    if entry.mend:
        more.append(f'<p class="asynclab-label">Instead</p>\n<pre>{escape(entry.mend)}</pre>')
    more.append(_link(record, mistake, lessons))
    rest = "\n".join(part for part in more if part)
    if folded and rest:
        rest = f"<details><summary>Why, and what to write instead</summary>\n{rest}\n</details>"
    return f'<div class="asynclab-mistake">{name}\n{seen}\n{guilty}\n{rest}</div>'


def _link(record: Record, mistake: Mistake, lessons: str) -> str:
    section = catalogue.where(mistake.code, record.task)
    if section is None:
        return ""
    address = escape(f"{lessons}{section.lesson}.ipynb#{section.fragment}")
    return f'<p>Explained in <a href="{address}">lesson {escape(section.lesson)}, “{escape(section.heading)}”</a>.</p>'


def _pictures(record: Record) -> str:
    panels = picture.panels(record)
    if not panels:
        return ""
    figures = "\n".join(
        f"<figure><figcaption>{escape(panel.title)}<br>"
        f'<span aria-hidden="true">{escape(panel.facts)}</span></figcaption>'
        f'<img src="{panel.uri}" width="{picture.WIDTH}" height="{picture.HEIGHT}" '
        f'alt="{escape(panel.alt)}"></figure>'
        for panel in panels
    )
    return f'<div class="asynclab-pictures">{figures}</div>'


def _foot(record: Record, help: Help | None, kept: str) -> str:
    said = [wording.next_step(record), wording.help_left(record, help)]
    small = " ".join(filter(None, [wording.small_print(record), f"Record: {kept}" if kept else ""]))
    return (
        f'<p class="asynclab-next"><b>Next:</b> {prose(" ".join(filter(None, said)))}</p>'
        + (f'\n<p class="asynclab-small">{escape(small)}</p>' if small else "")
    )  # fmt: skip


def escape(said: str) -> str:
    """Text as HTML, without what could turn the writing's direction; nothing of it becomes markup."""
    return markup.escape(wording.clean(said), quote=True)


def _said(said: str) -> str:
    return f"<p>{prose(said)}</p>" if said else ""


def prose(said: str) -> str:
    """Text in which `this` is code."""
    pieces = escape(said).split("`")
    if len(pieces) % 2 == 0:  # a mark without its partner
        return escape(said)
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))


# Every rule begins with § for the card, so that nothing else on the page changes; the class stands there three times
# because JupyterLab's own rules for tables and code in outputs are that specific. The colours are JupyterLab's, with
# fallbacks for other places; the signal colours keep a contrast of 4.5 and more on both of its backgrounds.
STYLE = """
§ { color: var(--jp-ui-font-color1, CanvasText); border: 1px solid var(--jp-border-color1, #bdbdbd);
  border-left: 6px solid var(--asynclab-tone); border-radius: 4px; padding: .8em 1.2em; margin: .3em 0;
  max-width: 62em; line-height: 1.5; overflow-wrap: anywhere; container-type: inline-size;
  --asynclab-tone: #6b6b6b; --asynclab-good: #0b7a4b;
  --asynclab-bad: #b3400a; --asynclab-soft: rgb(127 127 127 / .12);
  font-family: var(--jp-content-font-family, system-ui, sans-serif) }
[data-jp-theme-light="false"] § { --asynclab-tone: #a8a8a8; --asynclab-good: #4cc790;
  --asynclab-bad: #ff9350 }
§.asynclab-passed { --asynclab-tone: var(--asynclab-good) }
§.asynclab-failed, §.asynclab-stopped { --asynclab-tone: var(--asynclab-bad) }
§ p { margin: .4em 0 }
§ .jp-InternalAnchorLink, § .numbering-entry:empty { display: none }
§ h3.asynclab-verdict { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1em .7em;
  margin: 0 0 .3em; font-size: 1.35em; font-weight: 600; color: var(--asynclab-tone) }
§ .asynclab-points { font-size: .75em; color: var(--jp-ui-font-color1, CanvasText) }
§ code { font-size: .9em; background: none; color: inherit; padding: 0 }
§ .asynclab-task { font-size: .65em; font-weight: 400; margin-left: auto;
  color: var(--jp-ui-font-color2, GrayText) }
§ h4 { margin: .6em 0 .2em; font-size: 1.05em; font-weight: 600; color: inherit }
§ h4 .asynclab-code { font-size: .8em; font-weight: 400; color: var(--jp-ui-font-color2, GrayText) }
§ pre { margin: .3em 0; padding: .5em .8em; background: var(--asynclab-soft); border-radius: 3px;
  color: inherit; font-size: .9em; line-height: 1.4; white-space: pre-wrap; overflow-wrap: anywhere;
  font-family: var(--jp-code-font-family, monospace) }
§ .asynclab-mistake > h4 { margin-top: 0 }
§ .asynclab-mistake { margin: .9em 0; padding-left: .9em; border-left: 3px solid var(--asynclab-bad) }
§ .asynclab-label { font-weight: 600; margin: .5em 0 0 }
§ summary { cursor: pointer; color: var(--jp-content-link-color, LinkText) }
§ a { color: var(--jp-content-link-color, LinkText); text-decoration: underline }
§ table { width: 100%; table-layout: auto; margin: .9em 0; border-collapse: collapse;
  font-size: .95em; color: inherit }
§ caption { text-align: left; padding: 0 0 .3em; font-weight: 600; caption-side: top }
§ th, § td { text-align: left; vertical-align: top; padding: .35em .8em .35em 0;
  color: inherit; background: none; border: 0; border-bottom: 1px solid var(--jp-border-color2, #d0d0d0);
  max-width: none; white-space: normal; font-weight: 400; overflow-wrap: break-word }
@container (max-width: 36em) { § th, § td { overflow-wrap: anywhere } }
§ tr, § tr:hover { background: none }
§ thead th { color: var(--jp-ui-font-color2, GrayText); font-size: .9em }
§ td.asynclab-mark { white-space: nowrap; padding-right: 0; font-weight: 600 }
§ .asynclab-met .asynclab-mark { color: var(--asynclab-good) }
§ .asynclab-missed .asynclab-mark { color: var(--asynclab-bad) }
§ .asynclab-pictures { display: flex; flex-wrap: wrap; gap: .6em 1.4em; margin: .8em 0 .2em }
§ figure { margin: 0; flex: 1 1 290px; max-width: 380px }
§ figcaption { font-weight: 600; line-height: 1.3 }
§ figcaption span { font-weight: 400; font-size: .9em; color: var(--jp-ui-font-color2, GrayText) }
§ img { max-width: 100%; height: auto; display: block; margin: .3em 0 0; background: none;
  filter: brightness(.8) }
[data-jp-theme-light="false"] § img { filter: brightness(1.3) }
§ .asynclab-next { margin-top: .8em }
§ .asynclab-next code { display: inline-block }
§ a:focus-visible, § summary:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
§ .asynclab-small { font-size: .85em; color: var(--jp-ui-font-color2, GrayText) }
""".replace("§", ".asynclab-card.asynclab-card.asynclab-card")
