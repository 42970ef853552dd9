MAX_CHARS = 16_384
"""What is read of a text. 256 tokens, the most a MiniLM reads, are about 1,200 characters."""


def readable(text: str, *, max_chars: int = MAX_CHARS) -> str:
    """Answer a text that any tokenizer accepts: cut, and without lone surrogates.

    A lone surrogate (half a character, from a badly cut JSON string) cannot be written as UTF-8,
    and tokenizers refuse it; it becomes a question mark.
    """
    return text[:max_chars].encode("utf-8", errors="replace").decode("utf-8")
