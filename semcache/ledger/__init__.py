"""What requests cost and saved.

buckets  outcomes summed in the process, written to Postgres every two seconds
"""
