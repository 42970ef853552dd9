"""What each model of the fake provider does: good, broken, slow, cut."""

from benchmarks.upstream import broken, good
from benchmarks.upstream.broken import Behavior

BEHAVIORS: dict[str, Behavior] = {
    "fake": good.plain,
    "fake-slow": good.slow,
    "fake-length": good.truncated,
    "fake-refusal": good.refusal,
    "fake-filter": good.filtered,
    "fake-tools": good.tools,
    "fake-reasoning": good.reasoning,
    "fake-unicode": good.unicode,
    "fake-json": good.whole,
    "fake-html": broken.html,
    "fake-garbage": broken.garbage,
    "fake-empty": broken.empty,
    "fake-done-only": broken.done_only,
    "fake-cut": broken.cut,
    "fake-stall": broken.stall,
    "fake-stall-mid": broken.stall_mid,
    "fake-instream-error": broken.instream_error,
    "fake-500": broken.failing(
        500, "The server had an error.", kind="server_error", code="server_error"
    ),
    "fake-429": broken.failing(
        429,
        "Rate limit reached for requests.",
        kind="requests",
        code="rate_limit_exceeded",
        headers={"retry-after": "2"},
    ),
    "fake-401": broken.failing(
        401, "Incorrect API key provided.", kind="invalid_request_error", code="invalid_api_key"
    ),
    "fake-400": broken.failing(
        400,
        "This model's maximum context length is 4096 tokens.",
        kind="invalid_request_error",
        code="context_length_exceeded",
        param="messages",
    ),
}
