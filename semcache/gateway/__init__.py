"""The web half's journey: find an answer for a request, or join the flight that fetches one.

call       one request on its way
parts      what both journeys are made of
chat       the journey of a chat request
embedding  the journey of an embeddings request, each input by itself
boarding   join or begin a flight, and read what it brings
subjects   what of a request is compared by meaning
drawing    what becomes of a request that is drawn for the audit
noting     what the journal is told of a request
explaining why a request hit or missed
verdicts   a person's word on an answer
faults     a fault of the cache is a miss
reply      what a door gets back: an answer that is there, or one on its way
"""
