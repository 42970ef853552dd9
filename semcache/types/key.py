from dataclasses import dataclass

TURN = "\n\x1e\n"
"""Between the turns of a conversation. A text that holds the character in it is not joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the semantic level compares: `text` by meaning, within `scope` to the letter.

    `scope`: 32 bytes, SHA-256 over tenant, namespace and everything in the request but the text.
    `answers`: the assistant's earlier turns, where a whole conversation is compared; then `text`
    holds all of the user's turns, joined by TURN, and `scope` leaves out both. None where only the
    last turn is compared.
    """

    scope: bytes
    text: str
    answers: tuple[str, ...] | None = None
