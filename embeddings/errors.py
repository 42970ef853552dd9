"""Everything that goes wrong in this package.

EmbeddingsError
├── EncoderError                    a text did not become a vector
│   ├── EncoderMissingError         the library or the model is not installed
│   ├── EncoderUnavailableError     the encoder did not answer, or is closed; a retry may help
│   └── ModelFileError              a model file is missing, or is not the one it should be
└── VectorShapeError                an array is not `(n, d)` float32, finite, L2-normalised
"""


class EmbeddingsError(Exception):
    """The root; `retryable` says whether the same call may succeed later."""

    retryable = False


class EncoderError(EmbeddingsError):
    """A text did not become a vector."""


class EncoderMissingError(EncoderError):
    """The library or the model that was asked for is not installed."""


class EncoderUnavailableError(EncoderError):
    """The encoder did not answer, or is closed."""

    retryable = True


class ModelFileError(EncoderError):
    """A model file is missing, or its SHA-256 is not the expected one."""


class VectorShapeError(EmbeddingsError):
    """An array has the wrong shape, dtype, norm, or holds NaN or infinity."""
