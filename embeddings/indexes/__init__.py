"""Indexes: the nearest vectors of a vector, by cosine.

base          the protocol
flat          exact, numpy; small partitions, and the oracle in tests
hnsw          approximate, for large partitions (the only home of faiss)
partitioned   one small index per scope, moved from flat to hnsw as it grows
"""
