"""Regular expressions: the same answers as `re`, and an end to those that have none."""

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.patterns import expression, first_group, groups_in, one_group

ENDLESS, TEXT = "^((?:a+)+)$", "a" * 40 + "!"
PATTERNS = [r"^(Week\d+)_", r"(?i)week(\d)?", r"(?P<well>[A-H]\d\d)_s(?P<site>\d)", r"((a)|b)+", ""]
TEXTS = ["Week1_7", "WEEK_2", "B02_s3", "abba", "", "é\ud800", "Week1\n"]


@pytest.mark.parametrize("how", ["search", "fullmatch"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_groups_are_those_of_re(pattern: str, how: Any) -> None:
    found = groups_in(expression(pattern), TEXTS, how)
    matches = [getattr(re.compile(pattern), how)(text) for text in TEXTS]
    assert found == [match.groups() if match else None for match in matches]


def test_the_groups_are_the_same_in_a_thread() -> None:
    compiled = [expression(pattern) for pattern in PATTERNS]
    with ThreadPoolExecutor(1) as pool:
        there = list(pool.map(lambda one: groups_in(one, TEXTS, "search"), compiled))
    assert there == [groups_in(one, TEXTS, "search") for one in compiled]


def test_an_expression_without_an_end_is_stopped() -> None:
    with pytest.raises(InputError, match=r"takes more than 0.05 seconds .*'aaaa.*repeat in a"):
        groups_in(expression(ENDLESS), [TEXT], "search", 0.05)


def test_it_is_stopped_in_a_thread_too() -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(groups_in, expression(ENDLESS), [TEXT], "search", 0.5)
        with pytest.raises(InputError, match=r"takes more than 0.5 seconds"):
            asked.result()


def test_the_timer_of_others_is_as_before() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    groups_in(expression("a"), ["a"], "search")
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_more_texts_than_one_block() -> None:
    texts = [f"w{i}" for i in range(2500)]
    assert groups_in(expression(r"w(\d+)"), texts, "fullmatch") == [(text[1:],) for text in texts]


@pytest.mark.parametrize("pattern", ["(", "(?<", "a{99999999999999999999}"])
def test_no_expression(pattern: str) -> None:
    with pytest.raises(InputError, match="is not a regular expression"):
        expression(pattern)


@pytest.mark.parametrize("pattern", ["a", "(a)(b)"])
def test_one_group_is_needed(pattern: str) -> None:
    with pytest.raises(InputError, match="with one group: it has"):
        one_group(pattern)


def test_the_first_group_is_that_of_pandas() -> None:
    plates = pd.Series(["Week1_a", "x", np.nan, np.nan, "Week2_b", "Week1_c"], [5, 4, 3, 2, 1, 0])
    expected = plates.str.extract(r"^(Week\d)_", expand=False)
    pd.testing.assert_series_equal(first_group(plates, r"^(Week\d)_"), expected)
