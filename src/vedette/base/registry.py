"""Find drivers by kind and name, the built-in ones and other people's alike."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Generic, TypeVar, cast

from vedette.base.errors import UnknownDriver

Port = TypeVar("Port")


@dataclass(frozen=True)  # slots would refuse Kind[Port](...), which sets an attribute
class Kind(Generic[Port]):
    """One kind of driver: everything in the entry-point group ``vedette.<name>``.

    Attributes:
        name: Such as ``ingest``.
    """

    name: str

    def names(self) -> list[str]:
        """The installed drivers, sorted, without importing them."""
        return sorted(point.name for point in entry_points(group=f"vedette.{self.name}"))

    def load(self, driver: str) -> Callable[..., Port]:
        """Import one driver and give what makes it: a class or a function.

        Raises:
            UnknownDriver: Nothing of that name is installed.
        """
        for point in entry_points(group=f"vedette.{self.name}", name=driver):
            return cast("Callable[..., Port]", point.load())
        known = ", ".join(self.names()) or "none"
        raise UnknownDriver(f"there is no {self.name} driver {driver!r}; installed: {known}")
