"""The lab's services: a web server with knobs and a ledger, and a PostgreSQL.

    from asynclab.services import database, hold_lease, site

They start at the first use, whoever asks, and stop when the last user has gone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asynclab.services.databases import Database, FreshDatabase
    from asynclab.services.knobs import Knobs
    from asynclab.services.lease import hold_lease
    from asynclab.services.ledger import Ledger, Request
    from asynclab.services.visits import Adopted, Site, Visit

    site: Site
    database: Database

# Loaded when asked for: a measured child imports only the ledger's dataclasses, if anything.
_WHERE = {
    "Adopted": "visits",
    "Database": "databases",
    "FreshDatabase": "databases",
    "Knobs": "knobs",
    "Ledger": "ledger",
    "Request": "ledger",
    "Site": "visits",
    "Visit": "visits",
    "hold_lease": "lease",
}

__all__ = [
    "Adopted",
    "Database",
    "FreshDatabase",
    "Knobs",
    "Ledger",
    "Request",
    "Site",
    "Visit",
    "database",
    "hold_lease",
    "site",
]


def __getattr__(name: str) -> Any:
    if name == "site":
        value: Any = importlib.import_module("asynclab.services.visits").Site()
    elif name == "database":
        value = importlib.import_module("asynclab.services.databases").Database()
    elif name in _WHERE:
        value = getattr(importlib.import_module(f"asynclab.services.{_WHERE[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
