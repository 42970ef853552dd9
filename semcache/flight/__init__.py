"""One generation a key, over all processes.

claim   who flies: a claim with a fencing token and a lease
stream  what the flight brings: the worker appends, everyone tails
outbox  the way of a worker's events to the log
queue   how the job reaches a worker

Keys of one flight share a hash tag, so that every script runs on one node of a cluster.
"""
