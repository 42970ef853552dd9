"""Which rule applies, and who asks.

rules       pure: policies and controls in, a Rule out
categories  pure: what kind of prompt it is
identities  from a bearer key to a tenant, by a cache that invalidation messages keep honest
"""
