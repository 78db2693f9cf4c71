"""Pulumi's dynamic resources, one file each, and what they share. Import the resources from `kong_secure`.

Module paths, class names, type tokens and keys are state format: users' states refer to them.
"""
