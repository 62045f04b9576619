"""Drivers are found by name, and an unknown one says what is installed."""

import pytest

from vedette.base.errors import UnknownDriver
from vedette.base.registry import Kind
from vedette.hub import HUBS


def test_built_in_drivers_come_by_the_same_route_as_others() -> None:
    assert "memory" in HUBS.names()
    assert HUBS.load("memory").__name__ == "MemoryHub"


def test_an_unknown_driver_names_the_installed_ones() -> None:
    with pytest.raises(UnknownDriver, match=r"no hub driver 'pigeon'; installed: .*memory"):
        HUBS.load("pigeon")


def test_a_kind_without_drivers_says_none() -> None:
    with pytest.raises(UnknownDriver, match="installed: none"):
        Kind[object]("nothing").load("x")
