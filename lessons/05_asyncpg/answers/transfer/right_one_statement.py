# verdict: passed
# One statement a move: it locks both rows in order, looks and writes.
import asyncio

MOVE = """
WITH locked AS (
    SELECT id, balance FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE
), allowed AS (
    SELECT 1 FROM locked WHERE id = $1 AND balance >= $3
)
UPDATE accounts
SET balance = accounts.balance + CASE accounts.id WHEN $1 THEN -$3 ELSE $3 END
FROM locked
WHERE accounts.id = locked.id AND EXISTS (SELECT 1 FROM allowed)
RETURNING accounts.id
"""


async def transfer(pool, moves):
    done = await asyncio.gather(*(pool.fetch(MOVE, *each) for each in moves))
    return sum(len(rows) == 2 for rows in done)
