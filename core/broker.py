"""Dramatiq's broker, set before any actor is declared; and a consumer that need not poll."""

import time
from typing import Any

import dramatiq
import redis
from django.conf import settings
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    CurrentMessage,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)
from redis.commands.core import Script
from redis.exceptions import NoScriptError

_TOKENS_KEPT = 64
_WAIT_S = 1
_FULL_WAIT_S = 0.02
_HEARTBEAT_TIMEOUT_MS = 15_000


class WakingBroker(RedisBroker):
    """A Redis broker whose idle consumers wake when a message comes.

    Dramatiq's own consumer polls with a back-off of up to a second. Here each message also leaves
    a token in a list that idle consumers block on; a token too many costs one empty fetch.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.scripts["dispatch"] = _WakingDispatch(self.scripts["dispatch"], broker=self)

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return _WakingConsumer

    def wake_key(self, queue_name: str) -> str:
        return f"{self.namespace}:wake:{queue_name}"


class _WakingDispatch:
    """Dramatiq's script; one that enqueues takes the token along, in one round trip."""

    def __init__(self, script: Script, *, broker: WakingBroker) -> None:
        self._script = script
        self._broker = broker

    def __call__(self, *, args: list[Any], keys: list[str]) -> Any:
        command, _, queue_name = args[:3]
        if command != "enqueue":
            return self._script(args=args, keys=keys)
        wake = self._broker.wake_key(queue_name)
        with self._broker.client.pipeline(transaction=False) as pipe:
            pipe.evalsha(self._script.sha, len(keys), *keys, *args)
            pipe.lpush(wake, "1")
            pipe.ltrim(wake, 0, _TOKENS_KEPT - 1)
            replies = pipe.execute(raise_on_error=False)
        if isinstance(replies[0], NoScriptError):
            return self._script(args=args, keys=keys)
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies[0]


class _WakingConsumer(_RedisConsumer):
    def __next__(self) -> MessageProxy | None:
        """Give the next message; None after a while without one."""
        if not self.message_cache and not self._fetch():
            return None
        return super().__next__()  # type: ignore[no-any-return, no-untyped-call]

    def _fetch(self) -> bool:
        room = self.prefetch - self.outstanding_message_count
        if room <= 0:
            time.sleep(_FULL_WAIT_S)
            return False
        try:
            self.message_cache = self.broker.do_fetch(self.queue_name, room)
            if not self.message_cache:
                woken = self.broker.client.blpop(self.broker.wake_key(self.queue_name), _WAIT_S)
                if woken:
                    self.message_cache = self.broker.do_fetch(self.queue_name, room)
        except redis.ConnectionError as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]
        return bool(self.message_cache)


def install() -> None:
    """Set the process's broker. Where no Redis is configured, one that keeps messages to itself."""
    middleware = [AgeLimit(), TimeLimit(), ShutdownNotifications(), Retries(), CurrentMessage()]
    url = settings.SEMCACHE["redis_url"]
    broker: dramatiq.Broker
    if url:
        broker = WakingBroker(
            url=url,
            middleware=[*middleware, AsyncIO()],
            namespace=f"{settings.SEMCACHE['key_prefix']}:queue",
            heartbeat_timeout=_HEARTBEAT_TIMEOUT_MS,
        )
    else:
        broker = StubBroker(middleware=[*middleware, AsyncIO()])
    dramatiq.set_broker(broker)
