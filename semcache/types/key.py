from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the semantic level compares: `text` by meaning, within `scope` to the letter.

    `scope`: 32 bytes, SHA-256 over tenant, namespace and everything in the request but the text.
    """

    scope: bytes
    text: str
