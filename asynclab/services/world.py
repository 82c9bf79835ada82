"""The real cities and countries of data/, and the part of them that a visit's pages show."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from functools import cached_property, lru_cache

from asynclab.paths import CHECKOUT

DATA = CHECKOUT / "data"


@dataclass(frozen=True, slots=True)
class City:
    id: int
    name: str
    country: str
    population: int
    latitude: float
    longitude: float
    timezone: str


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    name: str
    capital: str
    continent: str
    population: int
    area: float  # km²
    currency: str


@dataclass(frozen=True)
class World:
    """Cities by id and countries by code; the countries are those that the cities lie in."""

    cities: dict[int, City]
    countries: dict[str, Country]

    @cached_property
    def cities_of(self) -> dict[str, list[City]]:
        """Country code to its cities, the largest first."""
        groups: dict[str, list[City]] = {}
        for city in sorted(self.cities.values(), key=lambda city: (-city.population, city.id)):
            groups.setdefault(city.country, []).append(city)
        return groups

    @cached_property
    def rank(self) -> dict[int, int]:
        """City id to its place (from 0) in its country."""
        return {city.id: place for cities in self.cities_of.values() for place, city in enumerate(cities)}

    def part(self, count: int, seed: int) -> World:
        """A world of `count` cities, drawn by the seed."""
        if count >= len(self.cities):
            return self
        chosen = random.Random(f"world {seed}").sample(sorted(self.cities), count)
        cities = {number: self.cities[number] for number in sorted(chosen)}
        codes = {city.country for city in cities.values()}
        return World(cities, {code: country for code, country in self.countries.items() if code in codes})


@lru_cache(maxsize=1)
def world() -> World:
    """All of data/, read once (about 20 ms)."""
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        countries = {
            row["code"]: Country(
                row["code"],
                row["name"],
                row["capital"],
                row["continent"],
                int(row["population"]),
                float(row["area"]),
                row["currency"],
            )
            for row in csv.DictReader(file)
        }
    with (DATA / "cities.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        cities = {
            int(number): City(int(number), name, country, int(population), float(latitude), float(longitude), timezone)
            for number, name, country, population, latitude, longitude, timezone in rows
        }
    return World(cities, countries)


@lru_cache(maxsize=64)
def world_of(seed: int, pages: int | None) -> World:
    """The world that a visit with this seed and this knob `pages` shows."""
    return world() if pages is None else world().part(pages, seed)
