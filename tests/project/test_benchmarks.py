"""The page of benchmarks is written from the results, not by hand."""

from bench.report import write_page


def test_the_page_is_what_the_results_say() -> None:
    assert write_page(["--check"]) == 0, "run `python -m bench.report`"
