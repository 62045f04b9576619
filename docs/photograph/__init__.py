"""Photographs every page of the console in a small town that lives for a few minutes.

``make pictures`` runs it; ``docs/guide/index.md`` says which pictures the guide uses.
"""
