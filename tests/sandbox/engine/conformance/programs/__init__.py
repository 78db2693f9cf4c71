"""The programs of the cases, by what they are about. Nothing here runs.

A program sees what `tests.sandbox.engine.conftest` imports for it, the resource `Thing` among it.
"""
