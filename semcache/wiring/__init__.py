"""The composition root: the only place that names concrete classes. Nothing connects on import.

process    the one graph of this process, built when first asked for, on the loop that uses it
web        the web half's graph
worker     the worker half's graph
stores     what both stand on: Postgres, Redis, and the answers in them
vendors    the catalog, and the providers in it
insight    what the product knows of its own decisions
audits     the audit's part of the worker half
encoders   the encoder that SEMCACHE_ENCODER names
second_looks  the cross-encoder that SEMCACHE_CROSS_ENCODER names, if its report allows it
"""
