"""Where prompts come from, one file each.

base  what a source is
file  a file of prompts
"""
