"""What stands around a call that may not come back.

deadline  an answer within a time, or an error
"""
