"""The levels that may answer, and the entries behind them.

exact      L1: Redis, by fingerprint, one round trip
semantic   L2: the nearest texts within the scope, verified
verify     pure: may a near match be served?
freshness  pure: is a found answer fresh enough for this caller?
record     the bytes of an answer in L1
entries    the rows of Postgres, the book behind all levels
reencoding which encoder made the vectors, and making them anew
changes    what keeps this process's index and identities in step with Postgres
pipe       a Redis connection that pipelines what arrives together
"""
