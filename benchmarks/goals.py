"""Bounds with a direction: a figure is at least, or at most, a number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound for one figure; `at_least` is its direction."""

    figure: str
    bound: float
    at_least: bool = False

    def met(self, value: float | None) -> bool:
        """Compare; a figure that could not be measured misses its goal."""
        if value is None:
            return False
        return value >= self.bound if self.at_least else value <= self.bound

    @property
    def words(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"
