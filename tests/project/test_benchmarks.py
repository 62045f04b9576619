"""The page of benchmarks is written from the results, not by hand."""

from bench.report import main


def test_the_page_is_what_the_results_say() -> None:
    assert not main(["--check"]), "run `python -m bench.report`"
