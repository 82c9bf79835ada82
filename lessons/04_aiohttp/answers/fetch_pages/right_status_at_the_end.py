# verdict: passed
# comes near: status-not-checked, swallowed-exception
# Error pages are read like any other and no task fails, but when all are in, one bad status among them raises.
import asyncio
from typing import NamedTuple

import aiohttp


class Answer(NamedTuple):
    url: str
    status: int
    text: str


class PagesMissing(Exception):
    """Some of the pages could not be had."""


async def ask(session: aiohttp.ClientSession, url: str) -> Answer:
    async with session.get(url) as response:
        return Answer(url, response.status, await response.text())


async def fetch_pages(urls: list[str]) -> list[str]:
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(session, url)) for url in urls]
    answers = [task.result() for task in tasks]
    if missing := [answer for answer in answers if answer.status >= 400]:
        raise PagesMissing(", ".join(f"{answer.url}: {answer.status}" for answer in missing))
    return [answer.text for answer in answers]
