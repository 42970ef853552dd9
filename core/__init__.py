"""The shell around the product: environment, settings, embedded services, broker, servers.

env       typed readers of environment variables
home      SEMCACHE_HOME: where embedded services, the first key and the logs live
settings  Django's settings, the one place that reads the environment
services  the embedded Postgres, Valkey and local model
broker    Dramatiq's broker, set before any actor is declared
asgi      the web process: the fast lane in front of Django
worker    the worker process
"""
