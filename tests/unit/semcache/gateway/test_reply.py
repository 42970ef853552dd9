import orjson

from semcache.gateway.reply import HitReply
from semcache.types import completion
from semcache.types.answer import Answer
from semcache.types.outcome import Source
from semcache.types.reply import Head
from semcache.types.usage import Usage

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
WHOLE = {
    "id": "x",
    "object": "chat.completion",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": None, "tool_calls": [CALL]},
            "finish_reason": "tool_calls",
        },
        {
            "index": 1,
            "message": {"role": "assistant", "content": "Hi"},
            "finish_reason": "stop",
        },
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2},
}


def hit() -> HitReply:
    answer = Answer(
        entry_id=1,
        handle="ent_",
        body=orjson.dumps(WHOLE),
        created_at=0.0,
        expires_at=1.0,
        cost_usd=None,
        usage=Usage(),
    )
    return HitReply(head=Head(source=Source.EXACT, level="exact"), answer=answer)


async def test_an_answer_stored_whole_is_streamed_with_tool_calls_and_reasons_intact() -> None:
    chunks = [orjson.loads(chunk) async for chunk in hit().chunks()]

    replayed = completion.assemble(chunks)
    assert replayed == {name: value for name, value in WHOLE.items() if name != "usage"}


async def test_an_answer_that_is_there_is_given_as_often_as_asked() -> None:
    reply = hit()

    assert await reply.answer() == await reply.answer()
    assert [c async for c in reply.chunks()] == [c async for c in reply.chunks()]
    await reply.aclose()
    assert (await reply.answer()).body == orjson.dumps(WHOLE)
