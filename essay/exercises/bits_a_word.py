# %% start: The chances are averaged first: each word's chance becomes bits before any average.
import math


def bits_a_word(chances):
    """Return what a word of the sentence cost on average, in bits."""
    return -math.log2(sum(chances) / len(chances))


# %% wrong: The logarithm is to another base than two: a chance of one half costs one bit.
def bits_a_word(chances):
    return -sum(math.log(chance) for chance in chances) / len(chances)


# %% wrong: That is the cost of the whole sentence, not of a word.
def bits_a_word(chances):
    return -sum(math.log2(chance) for chance in chances)


# %% solution
import math


def bits_a_word(chances):
    return -sum(math.log2(chance) for chance in chances) / len(chances)


# %% check
chances = [1 / 2, 1 / 4, 1 / 8, 1 / 4]  # one, two, three and two bits
got = bits_a_word(chances)
assert got is not None, "bits_a_word returned nothing."
assert not math.isclose(got, -math.log2(sum(chances) / 4)), (
    "The chances are averaged first: each word's chance becomes bits before any average."
)
assert not math.isclose(got, 2 * math.log(2)), (
    "The logarithm is to another base than two: a chance of one half costs one bit."
)
assert not math.isclose(got, 8), "That is the cost of the whole sentence, not of a word."
assert math.isclose(got, 2), f"Chances of 1/2, 1/4, 1/8 and 1/4 cost 2 bits a word; {got} came."
assert bits_a_word([1.0, 1.0]) == 0, "Words that were certain cost nothing."
