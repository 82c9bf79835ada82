"""How a bench of this folder prints its figures and stores them as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asynclab.paths import data_folder


def entry(name: str, measure: Callable[..., dict[str, Any]], about: str | None) -> None:
    """The command line of a bench: measures, prints, stores (in the data folder's bench/ unless told)."""
    parser = argparse.ArgumentParser(description=(about or name).splitlines()[0])
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--rounds", type=int, help="how often what is timed is repeated")
    options = parser.parse_args()
    figures = measure(**({"rounds": options.rounds} if options.rounds else {}))
    show(figures)
    store(name, figures, options.json)


def store(name: str, figures: dict[str, Any], path: Path | None = None) -> None:
    """Keeps the figures as JSON, in the data folder's bench/ unless told."""
    where = path or data_folder() / "bench" / f"{name}.json"
    where.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}
    when = datetime.now(UTC).isoformat(timespec="seconds")
    stored = {"bench": name, "measured_at": when, "machine": machine, "figures": figures}
    where.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def show(figures: dict[str, Any], indent: str = "") -> None:
    """Prints figures, a line each."""
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            show(value, indent + "  ")
        else:
            print(f"{indent}{name:<{50 - len(indent)}} {value}")
