"""The far ends in Python, for a machine without a C compiler: the same conversation, the same commands and answers.

It is slower than what it measures, so rows made with it say so.
"""
