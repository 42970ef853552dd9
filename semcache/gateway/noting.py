"""What the journal is told of a chat request. No I/O."""

from semcache.gateway import drawing, subjects
from semcache.gateway.call import Call
from semcache.ledger.journal import Journal
from semcache.types.answer import Hit
from semcache.types.explained import Explained
from semcache.types.outcome import Source


def explained(
    call: Call, source: Source, *, hit: Hit | None, journal: Journal, now: float
) -> Explained:
    """Put together what is known of a request and of the decision about it."""
    answer = hit.answer if hit else None
    return Explained(
        tenant_id=call.tenant_id,
        request_id=call.request_id,
        at=now,
        model=call.request.model,
        namespace=call.controls.namespace,
        source=source,
        category=call.rule.category,
        asked=_asked(call, source, hit=hit, journal=journal, now=now),
        entry_id=answer.entry_id if answer else None,
        handle=answer.handle if answer else "",
        similarity=hit.similarity if hit else None,
        probability=hit.probability if hit else None,
        saved_usd=(answer.cost_usd or 0.0) if answer else 0.0,
        drawn=call.drawn,
        decision=call.decision,
        shadow=drawing.shadow(call),
    )


def _asked(call: Call, source: Source, *, hit: Hit | None, journal: Journal, now: float) -> str:
    """Give the text to keep: none where the caller said no-store, nor of a plain exact hit."""
    if not call.controls.store:
        return ""
    plain = hit is None or hit.similarity is None
    if source is Source.EXACT and (plain or not journal.has_room(now=now)):
        return ""
    subject = call.subject or subjects.of(call)
    return subject.text if subject else ""
