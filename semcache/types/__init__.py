"""The vocabulary: frozen values that cross boundaries. No I/O, no Django.

identity    who asks: tenant, key, policies
allowance   what is left to a key of its limit
controls    what the caller asks of the cache
rule        what the policy allows this request
chat        a chat request as it came in
embedding   an embeddings request, and one answer
standing    what the labels have taught so far
key         what a request is stored and looked up under
answer      a finished answer, and the hit that found it
completion  the two shapes of an answer: one completion, or a series of chunks
reply       what a door gets back from the gateway
flight      a generation in progress: its ticket, its job, its events
decision    near matches as they were weighed, and what was decided
label       what is known of a drawn request
audit       what a worker needs to find that out
explained   what became of a request and why, for the journal
explanation what explain says of it
usage       tokens, and what they cost
outcome     what happened to a request, for the observers
scripts     whoever runs Lua in Redis
timings     where a request's time went
"""
