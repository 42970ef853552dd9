"""The load generator: a process of its own, so that its work never runs in the parent's loop.

plan        what to send, and what came of it
generator   the parent's end: start the process, hand it plans
__main__    the process: one plan a line in, one sample a line out
driver      closed loop (as fast as answers come) and open loop (at a rate)
connection  one keep-alive HTTP/1.1 connection over a raw asyncio protocol
"""
