"""Konnect's cloud-gateways API: networks, provider accounts and the attachments that lead from a network into
a customer's cloud, written from its specification (cloud-gateways). The clouds themselves are behind
`cloud_side`.
"""
