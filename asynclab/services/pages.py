"""What the site answers: pages as pure functions of a visit's seed and knobs, its base and the path.

The site calls `page` and `body` to answer, and a visit's owner calls them to know what the answer must
be, without asking the site. Each page carries a token drawn from seed and path, so that no page of one
visit is the same in the next and nothing can be learnt by heart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from html import escape

from asynclab.services.knobs import DEFAULT_BODY, Knobs
from asynclab.services.world import City, Country, World, world_of

HTML = "text/html"
JSON = "application/json"
BINARY = "application/octet-stream"
CHUNK = 65536  # bytes of a body that are handed to the socket at a time
NEIGHBOURS = 3  # links of a city page to the next larger and smaller ones of its country, each way


def page(seed: int, knobs: Knobs, base: str, path: str) -> tuple[str, bytes] | None:
    """Content type and bytes of the page at a path of the visit, or None where there is none.

    `base` is the visit's own address without a slash at its end, ``http://127.0.0.1:4711/v/NAME``.
    """
    shown = world_of(seed, knobs.pages)
    parts = path.split("/")[1:]
    match parts:
        case [""]:
            return HTML, _start(shown, seed).encode()
        case ["country", code] if code in shown.countries:
            return HTML, _country(shown, shown.countries[code], seed, base).encode()
        case ["city", number] if (city := _city_of(shown, number)) is not None:
            return HTML, _city(shown, city, seed, base).encode()
        case ["api", "country", code] if code in shown.countries:
            return JSON, _country_json(shown, shown.countries[code], seed)
        case ["api", "city", number] if (city := _city_of(shown, number)) is not None:
            return JSON, _city_json(city, seed)
    return None


def is_body(path: str) -> bool:
    """Whether the path names a streamed body, /body/NAME.bin."""
    return path.startswith("/body/") and path.endswith(".bin") and path.count("/") == 2


def body(seed: int, knobs: Knobs, path: str) -> Iterator[bytes]:
    """The chunks of a streamed body: each starts with its own number, so none can stand for another.

    Give the knobs that hold at the path.
    """
    left = body_size(knobs)
    filling = _filling(seed, path)
    number = 0
    while left > 0:
        chunk = number.to_bytes(8) + filling
        yield chunk if left >= CHUNK else chunk[:left]
        left -= CHUNK
        number += 1


def body_size(knobs: Knobs) -> int:
    """Bytes of a streamed body."""
    return DEFAULT_BODY if knobs.body is None else knobs.body


def paths(seed: int, knobs: Knobs) -> list[str]:
    """The path of every HTML page of the visit: those that links lead to from "/"."""
    shown = world_of(seed, knobs.pages)
    return [
        "/",
        *(f"/country/{code}" for code in shown.countries),
        *(f"/city/{number}" for number in shown.cities),
    ]


def neighbours(shown: World, city: City) -> list[City]:
    """The cities that a city's page links to: the next larger and smaller ones of its country."""
    cities, place = shown.cities_of[city.country], shown.rank[city.id]
    return cities[max(0, place - NEIGHBOURS) : place] + cities[place + 1 : place + 1 + NEIGHBOURS]


def token(seed: int, path: str) -> str:
    """What only the page at this path of this visit says."""
    return blake2b(f"{seed}{path}".encode(), digest_size=8).hexdigest()


def _filling(seed: int, path: str) -> bytes:
    # 64 KiB from 64 bytes that nobody can guess: drawing each byte would cost as much as sending it.
    return (blake2b(f"{seed}{path}".encode()).digest() * (CHUNK // 64))[8:]


def _city_of(shown: World, number: str) -> City | None:
    # Only the number as it stands in the links: "/city/07" is no second name of a page.
    plain = number.isascii() and number.isdigit() and number[0] != "0"
    return shown.cities.get(int(number)) if plain else None


def _start(shown: World, seed: int) -> str:
    rows = "".join(
        f'<tr><td><a href="country/{country.code}">{escape(country.name)}</a></td>'
        f"<td>{country.population:,}</td><td>{len(shown.cities_of[country.code])}</td></tr>\n"
        for country in sorted(shown.countries.values(), key=lambda country: country.name)
    )
    return _document(
        "Countries of the world",
        f"<table>\n<tr><th>Country</th><th>Population</th><th>Cities</th></tr>\n{rows}</table>",
        token(seed, "/"),
    )


def _country(shown: World, country: Country, seed: int, base: str) -> str:
    rows = "".join(
        f'<tr><td><a href="../city/{city.id}">{escape(city.name)}</a></td><td>{city.population:,}</td></tr>\n'
        for city in shown.cities_of[country.code]
    )
    facts = _facts(
        ("Capital", country.capital or "none"),
        ("Continent", country.continent),
        ("Population", f"{country.population:,}"),
        ("Area", f"{country.area:,.0f} km²"),
        ("Currency", country.currency or "none"),
    )
    return _document(
        country.name,
        f'<p><a href="{base}/">All countries</a> · <a href="#cities">Cities</a></p>\n{facts}\n'
        f'<h2 id="cities">Cities</h2>\n'
        f"<table>\n<tr><th>City</th><th>Population</th></tr>\n{rows}</table>",
        token(seed, f"/country/{country.code}"),
    )


def _city(shown: World, city: City, seed: int, base: str) -> str:
    country = shown.countries[city.country]
    place = shown.rank[city.id]
    near = neighbours(shown, city)
    links = "".join(f'<li><a href="{other.id}#facts">{escape(other.name)}</a></li>\n' for other in near)
    facts = _facts(
        ("Population", f"{city.population:,}"),
        ("Rank in its country", str(place + 1)),
        ("Latitude", f"{city.latitude:.5f}"),
        ("Longitude", f"{city.longitude:.5f}"),
        ("Time zone", city.timezone),
    )
    return _document(
        city.name,
        f'<p><a href="../">All countries</a> · <a href="{base}/country/{country.code}#cities">'
        f'{escape(country.name)}</a> · <a href="https://www.geonames.org/{city.id}">GeoNames</a></p>\n'
        f"{facts}\n" + (f"<h2>Cities of about its size</h2>\n<ul>\n{links}</ul>" if near else ""),
        token(seed, f"/city/{city.id}"),
    )


def _facts(*rows: tuple[str, str]) -> str:
    lines = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>\n" for name, value in rows)
    return f'<table id="facts">\n{lines}</table>'


def _document(title: str, content: str, mark: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<title>{escape(title)}</title>\n<meta name="token" content="{mark}">\n</head>\n<body>\n'
        f"<h1>{escape(title)}</h1>\n{content}\n"
        f'<p>Data: GeoNames, CC BY 4.0. Token: <code id="token">{mark}</code></p>\n</body>\n</html>\n'
    )


def _city_json(city: City, seed: int) -> bytes:
    return _json(
        {
            "id": city.id,
            "name": city.name,
            "country": city.country,
            "population": city.population,
            "latitude": city.latitude,
            "longitude": city.longitude,
            "timezone": city.timezone,
            "token": token(seed, f"/api/city/{city.id}"),
        }
    )


def _country_json(shown: World, country: Country, seed: int) -> bytes:
    return _json(
        {
            "code": country.code,
            "name": country.name,
            "capital": country.capital,
            "continent": country.continent,
            "population": country.population,
            "area": country.area,
            "currency": country.currency,
            "cities": [city.id for city in shown.cities_of[country.code]],
            "token": token(seed, f"/api/country/{country.code}"),
        }
    )


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
