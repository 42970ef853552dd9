"""The HTTP surface (docs/reference/http.md).

fastlane   ASGI in front of Django: an exact hit ends here
entrance   what every door does first: id, body, who asks
urls       which view
parsing    from bytes to requests; errors name the field
controls   what the caller asks of the cache, from headers and body
chat, embeddings, models, explain, feedback, health, metrics   views: translate in, one call, out
rendering  from replies to headers and bodies
responses  what views answer with
failures   the one table from errors to HTTP
"""
