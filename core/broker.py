"""Dramatiq's broker, set before any actor is declared; and a consumer that need not poll."""

import time
from typing import Any

import dramatiq
import redis
from django.conf import settings
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.brokers.stub import StubBroker
from dramatiq.common import dq_name
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    CurrentMessage,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

_TOKENS_KEPT = 64
_WAIT_S = 1
_FULL_WAIT_S = 0.02
_HEARTBEAT_TIMEOUT_MS = 15_000


class WakingBroker(RedisBroker):
    """A Redis broker whose idle consumers wake when a message comes.

    Dramatiq's own consumer polls with a back-off of up to a second. Here each message also leaves
    a token in a list that idle consumers block on; a token too many costs one empty fetch.
    """

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return _WakingConsumer

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> Any:
        sent = super().enqueue(message, delay=delay)
        wake = self.wake_key(dq_name(message.queue_name) if delay else message.queue_name)
        with self.client.pipeline(transaction=False) as pipe:
            pipe.lpush(wake, "1")
            pipe.ltrim(wake, 0, _TOKENS_KEPT - 1)
            pipe.execute()
        return sent

    def wake_key(self, queue_name: str) -> str:
        return f"{self.namespace}:wake:{queue_name}"


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
        broker = WakingBroker(  # type: ignore[no-untyped-call]
            url=url,
            middleware=[*middleware, AsyncIO()],
            namespace=f"{settings.SEMCACHE['key_prefix']}:queue",
            heartbeat_timeout=_HEARTBEAT_TIMEOUT_MS,
        )
    else:
        broker = StubBroker(middleware=[*middleware, AsyncIO()])
    dramatiq.set_broker(broker)
