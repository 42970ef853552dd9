"""Where the pooled pair model comes from: `python -m benchmarks.training --data DIR`.

pairs    labelled pairs of questions: those in DIR, the contrast pairs beside it, trivial variants
streams  groups of questions as a stream: each is asked of those before it, the nearest are weighed
vectors  of texts, by the product's own encoder
fit      the weights, and the bounds that hold on pairs and streams it has not seen
"""
