"""What can be measured: one file a scenario, each with its options, figures and goals.

base      the protocol
quick     a running product: levels, latencies and hit rate of real prompts
hot_path  exact hits against the bare application
semantic  semantic hits against the encoder alone
miss      what a miss adds over asking the provider directly
quality   hits and errors of the decision on labelled streams, pairs and conversations
replay    one's own traffic under other error bounds
startup   from clone to ready, second start, what Ctrl-C leaves behind
suite     the project's tests: how many, how long
"""
