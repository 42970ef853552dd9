"""Why a scenario cannot run.

CannotRunError
├── LoadError       nobody listens where the load was sent, or the generator died
└── ProductError    the product did not start, does not answer, or refuses the key
"""


class CannotRunError(Exception):
    """The scenario cannot be measured here; the text says what to do about it."""


class LoadError(CannotRunError):
    """The load could not be sent."""


class ProductError(CannotRunError):
    """The product is not there, or not as it should be."""
