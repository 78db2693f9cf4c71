"""Decisions as pure functions: what a secured header may be, which configuration makes it, what drifted. No
I/O and no pulumi.
"""
