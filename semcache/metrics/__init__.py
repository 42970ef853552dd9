"""What /metrics says (docs/reference/http.md): a registry of our own, one a process.

counters      what this process did, counted from what the journal is told
calibrations  what the labels say of the error, read from Postgres when scraped
exposition    both as Prometheus text
"""
