"""The AWS of the sandbox: moto's EC2 and RAM with what moto lacks, for as many accounts as a program has.

`cloud` holds the accounts and gives out boto3 clients, `extension` is all that is added to moto, `records`
what the extension keeps, `routing` and `reachability` decide where packets go, `provider` is the stand-in for
Pulumi's aws provider. Nothing here talks to a network other than loopback.
"""
