"""The web half's journey: find an answer for a request, or join the flight that fetches one.

call       one request on its way
parts      what both journeys are made of
chat       the journey of a chat request
embedding  the journey of an embeddings request, each input by itself
boarding   join or begin a flight, and read what it brings
faults     a fault of the cache is a miss
reply      what a door gets back: an answer that is there, or one on its way
"""
