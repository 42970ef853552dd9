"""The embedded services: the real servers, each a wheel, each a child process of ours.

base      what a service is
sockets   where a unix socket can live, given that its path may have 107 bytes
account   the system user that Postgres runs as where we are root
postgres  PostgreSQL 18 with pgvector
valkey    Valkey 9
model     llama.cpp's OpenAI server with SmolLM2-135M
llama     the process behind `model`; xllamacpp's only home
"""
