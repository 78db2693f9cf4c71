"""What can be wrong with the sandbox's AWS before anybody calls it."""


class CloudFileError(Exception):
    """The file that the AWS of the sandbox is kept in can't be read."""
