"""What the stand-ins for Pulumi's providers share: how they listen, and the part of the provider protocol that is
the same for every package. What a package's resources are lives with its cloud.
"""
