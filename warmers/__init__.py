"""Warmers fill the cache before it is asked.

sources   where prompts come from, one file each
planner   pure: which prompts are worth asking, in which order
runner    through the gateway's front door, at background priority
"""
