# %% start: A check that refuses everything refuses the sound programs too: (1.0, 1.0).
def shares(check, faulty, sound):
    """Return the share of faulty programs that a check refuses, and of sound ones."""
    refused = [not check(program) for program in faulty]
    return sum(refused) / len(refused), 0


# %% wrong: Of two faulty programs one is refused, and of the sound none: (0.5, 0.0).
def shares(check, faulty, sound):
    return tuple(sum(not check(program) for program in group) for group in (faulty, sound))


# %% wrong: A program that stops with an error under the check has not passed it.
def shares(check, faulty, sound):
    def refused(programs):
        return sum(not check(program) for program in programs) / len(programs)

    return refused(faulty), refused(sound)


# %% solution
def shares(check, faulty, sound):
    def passes(program):
        try:
            return check(program)
        except Exception:  # whatever stops a program, it has not passed
            return False

    def refused(programs):
        return sum(not passes(program) for program in programs) / len(programs)

    return refused(faulty), refused(sound)


# %% check
def answer_of(check, faulty, sound):
    try:
        return tuple(shares(check, faulty, sound))
    except ZeroDivisionError:
        return None


def square(x):
    return x * x


def double(x):
    return x + x


def cube(x):
    return x**3


def stops(x):
    return x / 0


def squares_three(program):
    return program(3) == 9


def squares_two(program):
    return program(2) == 4


assert answer_of(lambda program: False, [double], [square]) == (1, 1), (
    "A check that refuses everything refuses the sound programs too: (1.0, 1.0)."
)
assert answer_of(squares_two, [double, cube], [square]) == (0.5, 0), (
    "Of two faulty programs one is refused, and of the sound none: (0.5, 0.0)."
)
assert answer_of(squares_three, [double, stops], [square]) == (1, 0), (
    "A program that stops with an error under the check has not passed it."
)
