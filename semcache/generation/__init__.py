"""The worker's journey: ask a provider, feed the flight's stream, keep what is whole.

runner     one job from its beginning to its last event
chat       the asking of a chat job, token by token
embedding  the asking of an embeddings job
keeping    where a whole answer is kept and billed
"""
