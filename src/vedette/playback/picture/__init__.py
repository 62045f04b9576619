"""H.265 pictures made anew as VP9, on demand, in processes of their own.

What every browser plays and what no licence forbids; see docs/decisions/0083.
"""
