"""What requests cost and saved, and why they hit or missed.

buckets    outcomes summed in the process, written to Postgres every two seconds
journal    decisions, written to Postgres every second
detail     a decision as JSON, and back
decisions  what the journal has kept, read back
shadows    what shadows would have served, beside what was served
"""
