"""How much a key may ask.

bucket  a token bucket in Redis: so many requests a minute
"""
