"""Encoders: text in, L2-normalised float32 rows out.

base       the protocol
onnx       the default: all-MiniLM-L6-v2, int8, on ONNX Runtime (the only home of onnxruntime)
sentence   any sentence-transformers model
cross      any cross-encoder of that library: reads two texts together
tuning     a cross-encoder made from labelled pairs (these three are the home of torch)
remote     an OpenAI-style endpoint behind a callable
hashing    words and character n-grams hashed: no model, deterministic, good enough to run offline
batching   the async front: one thread, batches form while it is busy
weights    where packaged model files are, and whether they are the right ones
text       what every encoder does to a text before it reads it
"""
