"""Those who ask: Alice, Bob and Charlie, over plain HTTP, and what they get."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import openai

from semcache.types import completion
from tests import servers

CHAT = "/v1/chat/completions"
OK = 200
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Said:
    """An answer of the product, read to its end."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def level(self) -> str:
        """What answered: the `x-semcache` header."""
        assert "x-semcache" in self.headers, f"{self.status}: {self.body[:200]!r}"
        return self.headers["x-semcache"]

    @property
    def cache_status(self) -> str:
        return self.headers["cache-status"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        assert "error" in self.json, f"{self.status}: {self.body[:200]!r}"
        return dict(self.json["error"])

    @property
    def events(self) -> list[str]:
        """The data of each server-sent event."""
        events = self.body.decode().split("\n\n")
        assert events[-1] == "", "the last event is cut"
        assert all(event.startswith("data: ") for event in events[:-1])
        return [event.removeprefix("data: ") for event in events[:-1]]

    @property
    def chunks(self) -> list[dict[str, Any]]:
        """The chunks of a stream that ended well."""
        assert self.events[-1] == "[DONE]", self.events[-1]
        return [json.loads(event) for event in self.events[:-1]]

    @property
    def last_error(self) -> dict[str, Any]:
        """The error that ended a stream."""
        assert "[DONE]" not in self.events
        return dict(json.loads(self.events[-1])["error"])

    @property
    def completion(self) -> dict[str, Any]:
        """The answer as one completion, streamed or not."""
        if self.headers["content-type"].startswith("text/event-stream"):
            chunks = [{k: v for k, v in c.items() if k != "semcache"} for c in self.chunks]
            return completion.assemble(chunks)
        return dict(self.json)

    @property
    def text(self) -> str:
        return str(self.completion["choices"][0]["message"]["content"])


class Caller:
    """One of the cast, with a key; asks within a namespace unless told otherwise."""

    def __init__(self, *, root_url: str, key: str, namespace: str = "") -> None:
        self.root_url = root_url
        self.key = key
        self.headers = {"Authorization": f"Bearer {key}"}
        if namespace:
            self.headers["x-semcache-namespace"] = namespace
        self.http = httpx.Client(
            base_url=root_url,
            headers=self.headers,
            timeout=TIMEOUT_S,
            limits=httpx.Limits(max_connections=None),
            trust_env=False,
        )

    @cached_property
    def openai(self) -> openai.OpenAI:
        """The real client, as a user would make it."""
        return openai.OpenAI(
            base_url=f"{self.root_url}/v1",
            api_key=self.key,
            default_headers=self.headers,
            max_retries=0,
            timeout=TIMEOUT_S,
        )

    def ask(
        self,
        prompt: str | list[dict[str, Any]],
        *,
        model: str = "fake",
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> Said:
        """Send a chat request, and read the answer to its end."""
        return self.post(CHAT, body(prompt, model=model, **fields), headers=headers)

    def learn(self, prompt: str, **fields: Any) -> Said:
        """Ask, and wait until the answer is found by meaning: indices follow in a moment."""
        said = self.ask(prompt, **fields)
        fields["headers"] = {"Cache-Control": "only-if-cached"}
        servers.eventually(lambda: self.ask(f"{prompt} ", **fields).status == OK, what="the index")
        return said

    def embed(
        self,
        given: Any,
        *,
        model: str = "fake-embedding",
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> Said:
        return self.post("/v1/embeddings", {"model": model, "input": given, **fields}, headers)

    def post(self, path: str, said: Any, headers: dict[str, str] | None = None) -> Said:
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        named = {"Content-Type": "application/json", **(headers or {})}
        response = self.http.post(path, content=content, headers=named)
        return Said(response.status_code, response.headers, response.content)

    def get(self, path: str) -> Said:
        response = self.http.get(path)
        return Said(response.status_code, response.headers, response.content)

    @contextmanager
    def streaming(self, prompt: str, *, model: str = "fake", **fields: Any) -> Iterator[Any]:
        """Begin a streamed request; leaving the block hangs up. Gives the lines as they come."""
        asked = body(prompt, model=model, stream=True, **fields)
        with (
            httpx.Client(
                base_url=self.root_url, headers=self.headers, timeout=TIMEOUT_S, trust_env=False
            ) as client,
            client.stream("POST", CHAT, json=asked) as response,
        ):
            yield response

    def close(self) -> None:
        self.http.close()
        if "openai" in self.__dict__:
            self.openai.close()


def body(prompt: str | list[dict[str, Any]], *, model: str = "fake", **fields: Any) -> Any:
    """Write a chat request."""
    text = isinstance(prompt, str)
    messages = [{"role": "user", "content": prompt}] if text else prompt
    return {"model": model, "messages": messages, **fields}


def unique(text: str = "Tell me about number") -> str:
    """Make a prompt that nobody has asked, and that means nothing else asked here."""
    return f"{text} {secrets.token_hex(8)}"
