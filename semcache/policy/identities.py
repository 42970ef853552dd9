"""From a bearer key to the tenant it belongs to.

Kept in the process for a short time and forgotten when a tenant, a key or a policy changes
(`levels/changes.py` listens). While Postgres is away, what is known goes on being known.
"""

import hashlib
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import class_row, tuple_row

from semcache.errors import CacheFaultError, InvalidKeyError, InvalidRequestError
from semcache.resilience import deadline
from semcache.types.identity import Identity, Policy
from semcache.types.standing import Standing

_PREFIX = "sk-sc-"
_ID_LENGTH = 12
_KNOWN_LIMIT = 10_000
_PATIENCE_S = 2.0

_FIND_KEY = """
    SELECT k.secret_hash, k.requests_per_minute, t.id, t.name, t.salt
    FROM semcache_apikey k JOIN semcache_tenant t ON t.id = k.tenant_id
    WHERE k.key_id = %s AND k.revoked_at IS NULL AND t.is_active
"""
_FIND_TENANT = "SELECT id, name, salt FROM semcache_tenant WHERE name = %s AND is_active"
_FIND_POLICIES = """
    SELECT model, category, nullif(mode, '') AS mode, nullif(decider, '') AS decider, threshold,
           max_error, nullif(caution, '') AS caution, nullif(conversations, '') AS conversations,
           audit_share, audit_usd_per_day, nullif(shadow_decider, '') AS shadow_decider,
           shadow_threshold, shadow_max_error, max_temperature, ttl_s, max_ttl_s, keep_stale_s,
           keep_truncated
    FROM semcache_policy
    WHERE tenant_id IS NULL OR tenant_id = %s
    ORDER BY tenant_id IS NOT NULL, model <> '*', category <> ''
"""
_FIND_STANDINGS = """
    SELECT category, version, drawn, model, weights, thresholds, floor, contextual
    FROM semcache_calibration WHERE tenant_id = %s
"""


@dataclass(frozen=True, slots=True)
class _Known:
    secret_hash: bytes
    identity: Identity | None
    until: float


class Identities:
    """Look up who asks.

    Args:
        pool: connections to Postgres.
        fresh_s: how long a look-up is trusted without asking again.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool, fresh_s: float = 30.0) -> None:
        self._pool = pool
        self._fresh_s = fresh_s
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def known(self, authorization: str) -> Identity | None:
        """Answer from the process alone; None where Postgres must be asked, or the key is wrong."""
        key_id, digest = _read(authorization)
        known = self._known.get(key_id)
        if known is None or known.until < time.monotonic():
            return None
        return known.identity if hmac.compare_digest(known.secret_hash, digest) else None

    async def find(self, authorization: str) -> Identity:
        """Answer from the process or Postgres.

        Raises:
            InvalidKeyError: no key, or not a valid one.
            CacheFaultError: Postgres is away and the key is not known.
        """
        key_id, digest = _read(authorization)
        known = self._known.get(key_id)
        if known is None or known.until < time.monotonic():
            known = await self._ask(key_id, stale=known)
        if known.identity is None or not hmac.compare_digest(known.secret_hash, digest):
            raise InvalidKeyError("Incorrect API key provided.", param="Authorization")
        return known.identity

    async def of_tenant(self, name: str) -> Identity:
        """Act for a tenant without a key; for commands, which operators run.

        Raises:
            InvalidRequestError: there is no such tenant.
        """
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            row = await (await cursor.execute(_FIND_TENANT, (name,))).fetchone()
            if row is None:
                raise InvalidRequestError(f"There is no active tenant {name!r}.", param="tenant")
            return await _identity(connection, *row, key_id="")

    def forget(self) -> None:
        """Ask Postgres again at the next request; a tenant, key or policy has changed."""
        for key_id, known in list(self._known.items()):
            self._known[key_id] = _Known(known.secret_hash, known.identity, 0.0)

    async def _ask(self, key_id: str, *, stale: _Known | None) -> _Known:
        try:
            known = await deadline.within(self._load(key_id), seconds=_PATIENCE_S)
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError, TimeoutError) as error:
            if stale is None:
                raise CacheFaultError("The key cannot be checked: Postgres is away.") from error
            known = _Known(stale.secret_hash, stale.identity, time.monotonic() + 1.0)
        self._known[key_id] = known
        self._known.move_to_end(key_id)
        if len(self._known) > _KNOWN_LIMIT:
            self._known.popitem(last=False)
        return known

    async def _load(self, key_id: str) -> _Known:
        until = time.monotonic() + self._fresh_s
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            row = await (await cursor.execute(_FIND_KEY, (key_id,))).fetchone()
            if row is None:
                return _Known(b"", None, until)
            secret_hash, per_minute, *tenant = row
            identity = await _identity(connection, *tenant, key_id=key_id)
            identity = replace(identity, requests_per_minute=per_minute)
        return _Known(bytes(secret_hash), identity, until)


async def _identity(
    connection: psycopg.AsyncConnection, tenant_id: int, name: str, salt: bytes, *, key_id: str
) -> Identity:
    """Read a tenant's policies and calibrations, and put its identity together."""
    cursor = connection.cursor(row_factory=class_row(Policy))
    policies = await (await cursor.execute(_FIND_POLICIES, (tenant_id,))).fetchall()
    rows = await (await connection.execute(_FIND_STANDINGS, (tenant_id,))).fetchall()
    return Identity(
        tenant_id=tenant_id,
        tenant=name,
        key_id=key_id,
        salt=bytes(salt),
        policies=tuple(policies),
        standings=tuple(_standing(row) for row in rows),
    )


def _standing(row: tuple[Any, ...]) -> Standing:
    category, version, drawn, model, weights, thresholds, floor, contextual = row
    return Standing(
        category=category,
        version=version,
        labels=drawn,
        model=model,
        weights=tuple(weights),
        thresholds=tuple((bound, least) for bound, least in thresholds),
        floor=floor,
        contextual=contextual,
    )


def _read(authorization: str) -> tuple[str, bytes]:
    """Part a bearer header into the key's public id and the hash of the whole secret."""
    scheme, _, secret = authorization.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise InvalidKeyError(
            "You didn't provide an API key: send Authorization: Bearer sk-sc-….",
            param="Authorization",
        )
    key_id = secret.removeprefix(_PREFIX)[:_ID_LENGTH]
    if not secret.startswith(_PREFIX) or not key_id.isascii() or not key_id.isalnum():
        raise InvalidKeyError("Incorrect API key provided.", param="Authorization")
    return key_id, hashlib.sha256(secret.encode()).digest()
