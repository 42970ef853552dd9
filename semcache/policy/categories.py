"""What kind of prompt it is; policy may treat each kind in its own way. Pure, English words.

Note [What the categories are for]
    Kinds differ in what a wrong or old answer costs. The usual values are careful, and cheap to
    change by a policy: what changes by the day is kept for an hour; what speaks of the caller's own
    things and what is wanted for its variety is held to half the error; a wish for *another* joke
    is no question at all, and passes the cache by.
"""

import functools
import re
from typing import Any

from semcache.types.chat import ChatRequest
from semcache.types.decision import Category

_CODE = re.compile(
    r"```|\b(?:def|class|function|const|var) \w+ ?[(={:]|\breturn [\w.(]+;|\bSELECT\b.+\bFROM\b"
    r"|^(?:from \w+ )?import \w+$|[{};]\s*$"
    r"|\b(?i:python|javascript|typescript|java|kotlin|rust|golang|sql|regex|bash|css|html|django"
    r"|react|api|stack ?trace|segfault|compile[rs]?|docker|git|npm|pip)\b|\w+\(\)"
    r"|\b\w+\.(?:py|js|ts|java|rs|go|sql|sh)\b",
    re.MULTILINE,
)
_TIMELY = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|now(?:adays)?|current(?:ly)?|latest|newest|recent(?:ly)?"
    r"|this (?:week|month|year|morning|afternoon|evening|weekend)|at the moment|right now|as of"
    r"|(?:exchange|interest) rates?|stock price|share price|weather|forecast|news|score of"
    r"|live (?:score|stream|result|update)s?)\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\b(?:my|our|mine|ours)\b[^.?!]{0,40}\b(?:account|balance|order|invoice|bill|subscription|appointment"
    r"|prescription|diagnosis|results?|salary|payslip|contract|delivery|package|parcel|refund|transaction"
    r"|transfer|payment|card|name|address|email|data|ticket|booking|reservation|flight)s?\b",
    re.IGNORECASE,
)
_CREATIVE = re.compile(
    r"\b(?:write|compose|draft|make up|invent|create|tell|give|generate|come up with)\b[^.?!]{0,40}"
    r"\b(?:poem|haiku|limerick|sonnet|story|joke|song|lyrics|rap|riddle|slogan|tagline|fairy ?tale"
    r"|screenplay|novel|toast|pun|name ideas|names for|ideas for)s?\b",
    re.IGNORECASE,
)

_VARIETY = re.compile(
    r"\b(?:another|a different|some other|one more|yet another|random)\b[^.?!]{0,30}"
    r"\b(?:poem|haiku|limerick|story|joke|song|riddle|slogan|tagline|name|idea|version|answer"
    r"|suggestion)s?\b|^\W*(?:another one|try again|once more|again|regenerate|surprise me)\W*$",
    re.IGNORECASE,
)
_USUAL_TTL_S = 3_600
_READ = 2_000


def classify(request: ChatRequest) -> Category:
    """Say what kind of prompt the last user turn is; `factual` where nothing else is seen."""
    return _kind(_last_text(request))


def varies(request: ChatRequest) -> bool:
    """Say whether the caller wants another answer than before: no cached one fits that."""
    return _variety(_last_text(request))


@functools.lru_cache(maxsize=4_096)
def _kind(text: str) -> Category:
    if _CREATIVE.search(text):
        return "creative"
    if _PERSONAL.search(text):
        return "personal"
    if _CODE.search(text):
        return "code"
    if _TIMELY.search(text):
        return "time-sensitive"
    return "factual"


@functools.lru_cache(maxsize=4_096)
def _variety(text: str) -> bool:
    return _VARIETY.search(text) is not None


def usual(category: Category, *, max_error: float, ttl_s: int) -> dict[str, Any]:
    """Say what holds for a category where no policy speaks: see the Note at the top."""
    if category == "time-sensitive":
        return {"ttl_s": min(ttl_s, _USUAL_TTL_S)}
    if category in {"personal", "creative"}:
        return {"max_error": max_error / 2}
    return {}


def _last_text(request: ChatRequest) -> str:
    """Give the text of the last message; a long one by its beginning and end."""
    messages = request.body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    content = last.get("content") if isinstance(last, dict) else None
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        content = next((text for text in texts if isinstance(text, str)), "")
    text = content if isinstance(content, str) else ""
    return text if len(text) <= _READ else text[: _READ // 2] + text[-_READ // 2 :]
