"""What prose may say of an output: the relation is checked, no new value is made."""

import pytest
from outputs.relation import holds


@pytest.mark.parametrize(
    ("quote", "value"),
    [
        ("0.93732481", "0.93732481"),
        ("0.937", "0.93732481"),
        ("93.7%", "0.93732481"),
        ("93.7 %", "0.93732481"),
        ("94%", "93.7%"),
        ("0.94", "93.7%"),
        ("−0.94", "-0.937"),
        ("-0.94", "-0.937"),
        ("−0.001 ± 0.012", "-0.001 ± 0.012"),
        ("124,439,808", "124439808"),
        ("124439808", "124,439,808"),
        ("124.4 MB", "124439808"),
        ("20 GB", "20000000000"),
        ("20.0 GB", "20000000000"),
        ("16.0 KiB", "16384"),
        ("1.5 kB", "1.5 kB"),
        ("1500 B", "1.500 kB"),
        ("100%", "1"),
        ("0.00012", "1.2e-4"),
        ("0.016", "[0.001 0.937 0.016 0.046]"),
        ("0.390", "published .390 .610"),  # without the nought
        ("39%", "-.390 and .390"),
        (".39", "0.390"),
        ("corpus", "'corpus'"),
        ("'corpus'", "'corpus'"),
        ("true, and more", "true, and more"),
        ("(4, 8)", "(4, 8)"),
    ],
)
def test_it_holds(quote, value):
    assert holds(quote, value)


@pytest.mark.parametrize(
    ("quote", "value"),
    [
        ("93.8%", "0.93732481"),  # wrong
        ("93.7", "0.93732481"),  # a factor of a hundred
        ("0.5", "0.45"),  # a tie: it may have been 0.4499 or 0.4501
        ("0.4", "0.45"),
        ("0.9370", "0.937"),  # more digits than were printed
        ("93.70%", "0.937"),
        ("5.0", "5"),
        ("5.00%", "5%"),
        ("20000000000", "20 GB"),
        ("50%", "0.5"),
        ("0.5", "0.5 and 0.5"),  # which of the two
        ("0.9", "[0.937 0.888]"),
        ("-0.937", "0.937"),  # the sign
        ("0.937", "-0.937"),
        ("12,44", "1244"),  # no thousands
        ("1234,567", "1234567"),
        ("17 kB", "16384"),
        ("Corpus", "'corpus'"),
        ("corpus", "the corpus"),
        ("", "0.937"),
        ("about 0.94", "0.937"),
        ("390", ".390"),
        ("0.390", "word.390"),
        ("0.390", "-.390"),
        ("1", "word"),
        ("1", ""),
    ],
)
def test_it_does_not(quote, value):
    assert not holds(quote, value)
