# verdict: passed
# COPY in its text format, written by hand.
async def load(pool, rows):
    count = 0

    async def lines():
        nonlocal count
        piece = []
        for number, station, taken_at, value in rows:
            piece.append(f"{number}\t{station}\t{taken_at.isoformat()}\t{value!r}\n")
            count += 1
            if len(piece) == 1000:
                yield "".join(piece).encode()
                piece.clear()
        yield "".join(piece).encode()

    async with pool.acquire() as connection:
        await connection.copy_to_table("readings", source=lines())
    return count
