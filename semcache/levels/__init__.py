"""The levels that may answer, and the entries behind them.

exact      L1: Redis, by fingerprint, one round trip
semantic   L2: the nearest texts within the scope, verified
conversations  whole conversations, weighed turn by turn
verify     pure: may a near match be served?
second_look  a cross-encoder about a candidate that nearly may be served
verifier   pure: what is known of that cross-encoder
training   that cross-encoder made from pairs, and its report
held_out   pure: pairs parted into those to learn from and those to report on
freshness  pure: is a found answer fresh enough for this caller?
record     the bytes of an answer in L1
entries    the rows of Postgres, the book behind all levels
labels     what is known of drawn requests, and the alarm that hears of it at once
calibrations  what the labels have taught, one row a place
support    whether the labels support comparing whole conversations
reencoding which encoder made the vectors, and making them anew
changes    what keeps this process's index and identities in step with Postgres
pipe       a Redis connection that pipelines what arrives together
"""
