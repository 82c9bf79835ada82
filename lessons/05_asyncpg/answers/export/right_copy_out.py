# verdict: passed
# COPY out as CSV, its lines taken apart and made values again.
import csv
import datetime
import inspect


async def export(pool, write):
    count, rest = 0, b""

    async def lines(data):
        nonlocal count, rest
        *whole, rest = (rest + data).split(b"\n")
        for number, station, taken_at, value in csv.reader(line.decode() for line in whole):
            moment = datetime.datetime.fromisoformat(taken_at + ":00").astimezone(datetime.timezone.utc)
            result = write((int(number), int(station), moment, float(value)))
            if inspect.isawaitable(result):
                await result
            count += 1

    async with pool.acquire() as connection:
        await connection.copy_from_table("readings", output=lines, format="csv")
    return count
