"""The yardstick of the hot path: a bare ASGI application with one Redis GET.

app     the application: JSON, SHA-256, one GET, the bytes
server  store the answers, run it on the product's kind of server, stop it
"""
