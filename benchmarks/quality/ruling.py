"""The rule that a request gets where nobody set anything."""

from dataclasses import replace

from semcache.policy import rules
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.identity import Identity
from semcache.types.rule import Rule

_MODEL = "any"
_NOBODY = Identity(tenant_id=0, tenant="", key_id="", salt=b"")


def request(*turns: str) -> ChatRequest:
    """Make a chat request of the user's turns, with a fixed reply after each but the last."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": turn})
        messages.append({"role": "assistant", "content": "All right."})
    return ChatRequest(model=_MODEL, body={"model": _MODEL, "messages": messages[:-1]})


def usual(*turns: str) -> Rule:
    """Resolve the rule of a request at default settings, with its own category."""
    return rules.resolve(
        request(*turns), controls=PLAIN, identity=_NOBODY, defaults=rules.Defaults()
    )


def bounded(max_error: float, *, audit_share: float) -> Rule:
    """Resolve the rule of a factual question within an error."""
    plain = usual("What is the capital of France?")
    return replace(plain, category="factual", max_error=max_error, audit_share=audit_share)
