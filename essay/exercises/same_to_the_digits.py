# %% start: A figure rounded in print is said to differ: 0.937 is 0.93732481 to three places.
def agrees(printed, ours):
    """Say whether a printed figure is our number, rounded to as many places as were printed."""
    return float(printed) == ours


# %% wrong: 0.9394 passes for 0.93732481: being close is not being the same to the digits.
def agrees(printed, ours):
    return abs(float(printed) - ours) < 0.01 * abs(ours)


# %% wrong: 0.10 promises two places, and 0.1 one: the zero was printed and 0.14 is not 0.10.
def agrees(printed, ours):
    digits = printed.partition(".")[2].rstrip("0")
    return abs(float(printed) - ours) <= 0.5 * 10.0 ** -len(digits)


# %% solution
def agrees(printed, ours):
    places = len(printed.partition(".")[2])  # a printed zero is a place too
    return abs(float(printed) - ours) <= 0.5 * 10.0**-places + 1e-12


# %% check
assert agrees("0.937", 0.93732481), (
    "A figure rounded in print is said to differ: 0.937 is 0.93732481 to three places."
)
assert not agrees("0.9394", 0.93732481), (
    "0.9394 passes for 0.93732481: being close is not being the same to the digits."
)
assert not agrees("0.10", 0.14), (
    "0.10 promises two places, and 0.1 one: the zero was printed and 0.14 is not 0.10."
)
assert agrees("0.1", 0.14), "0.1 promises one place, and 0.14 to one place is 0.1."
assert agrees("12", 12.4), "12 promises no places, and 12.4 to none is 12."
assert agrees("0.13", 0.125), "0.125 may be rounded up: 0.13 agrees with it, and so does 0.12."
assert agrees("0.12", 0.125), "0.125 may be rounded down: 0.12 agrees with it, and so does 0.13."
assert not agrees("-0.5", 0.5), "The sign counts."
