"""Photographs every page of the console in a small town that lives for a few minutes.

``make pictures`` runs it; with ``--guide`` it takes those anew that the pages of the guide name.
"""
