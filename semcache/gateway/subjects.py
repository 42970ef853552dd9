"""What of a request is compared by meaning: its last turn, or by policy all of them."""

from semcache import keys
from semcache.gateway.call import Call
from semcache.types.key import Subject


def of(call: Call) -> Subject | None:
    """Name what is compared by meaning, and the scope in which; None where nothing is."""
    tenant_id, namespace = call.tenant_id, call.controls.namespace
    last = keys.subject(call.request, tenant_id=tenant_id, namespace=namespace)
    if last is None or call.rule.conversations == "exact":
        return last
    return keys.conversation(call.request, tenant_id=tenant_id, namespace=namespace) or last
