"""The product: a request's way through the cache. Read top down.

api, management, worker, admin    doors: translate in, one call, translate out
wiring                            the composition root
gateway, generation, audit, invalidation   the journeys
keys policy limits levels flight providers ledger metrics   the steps; strangers to each other
resilience                        what stands around a call that may not come back
models                            the tables
conf, errors, types               settings, the error tree, the vocabulary
"""
