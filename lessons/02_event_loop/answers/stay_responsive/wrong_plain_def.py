# verdict: failed
# mistakes: cpu-burst
# A plain function that gives the sum itself, and nothing to await.
def stay_responsive(items, step):
    return sum(map(step, items))
