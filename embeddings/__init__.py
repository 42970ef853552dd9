"""Text to vector to neighbours: a plain library, without Django, Redis or HTTP.

types         the array of vectors and the neighbor that a search answers
errors        everything that goes wrong here, in one tree
similarity    normalizing, checking and comparing rows
encoders/     text to vector: `base` holds the protocol, siblings implement it, `batching` is the
              async front of any of them
indexes/      vector to neighbours: `base` holds the protocol; `partitioned` keeps one per scope

Vectors are float32 and L2-normalised everywhere, so that an inner product is the cosine.
"""
