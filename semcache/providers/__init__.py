"""Those who generate. One file a vendor's wire; asynchronous, used by the workers.

base      what a provider is
openai    the OpenAI wire, which nearly everybody speaks
encoder   the built-in encoder as an embeddings model
remote    an embeddings endpoint as a function, for the remote encoder
sse       server-sent events, as they come in
refusals  a provider's error answer, translated into our error tree
catalog   the configured providers and models, in order
usages    the counts of tokens in an answer
prices    what tokens cost
"""
