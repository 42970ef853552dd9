"""Measure the product from outside: `python -m benchmarks NAME`.

__main__   the command line: runs one scenario, prints and writes what it found
scenarios/ one file a scenario: quick, hot_path, semantic, miss, quality, replay, startup, suite
quality/   labelled texts through the product's own decision; what other bounds would have done
training/  where the pooled pair model comes from
load/      the load generator, a process of its own
upstream/  a fake OpenAI-compatible provider, a process of its own
bare/      the yardstick of the hot path: JSON, SHA-256, one Redis GET
encoder    the encoder alone, a process of its own: the yardstick of the semantic level
product    the product under test: started in a home of its own, or a running one
prompts    questions to ask, and the same in other words (questions.jsonl)
chat       request bodies and load plans of chat completions
measure    percentiles, and the median and spread of rounds
rounds     the same again, with a progress bar
goals      bounds with a direction
report     the table and the JSON document
machine    what it was measured on, and with which versions
processes  start, find and stop processes; talk to one a line at a time
errors     why a scenario cannot run
"""
