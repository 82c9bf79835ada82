# verdict: passed
# comes near: row-by-row
# One executemany over the whole iterator: atomic and flat. A cancel that comes while it sends is lost in asyncpg
# 0.32, which is no fault of the answer's.
INSERT = "INSERT INTO readings VALUES ($1, $2, $3, $4)"


class Counted:
    def __init__(self, rows):
        self.rows, self.count = rows, 0

    def __iter__(self):
        for row in self.rows:
            self.count += 1
            yield row


async def load(pool, rows):
    counted = Counted(rows)
    await pool.executemany(INSERT, counted)
    return counted.count
