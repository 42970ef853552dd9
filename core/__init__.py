"""The shell around the product: environment, settings, embedded services, broker, servers.

env       typed readers of environment variables
home      SEMCACHE_HOME: where embedded services, the first key and the logs live
settings  Django's settings, the one place that reads the environment
services  the embedded Postgres, Valkey and local model
broker    Dramatiq's broker, set before any actor is declared
asgi      the web process: the fast lane in front of Django
lean      Django's handler without what /v1/ does not need
worker    the worker process

What `manage.py up` is made of:
product      everything on one machine, from the lock to the last process
lineup       web, workers and scheduler, and how each is run
preparation  migrations and the first key, in one process
supervision  start, watch, restart, stop
banner       what is printed once it answers
ports probe  is the port free; does it answer
"""
