"""What users compose: whole paths made of the clouds' resources and of Konnect's. Import them from `kong_secure`.

Type tokens, names of children and their parents are state format: users' states hold them.
"""
