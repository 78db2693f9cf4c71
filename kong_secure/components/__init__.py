"""What users compose: whole paths made of the clouds' resources and of Konnect's. Import them from `kong_secure`.

What is AWS's is in `aws`, what is Azure's in `azure`, and what both need beside them. Type tokens, names of
children and their parents are state format: users' states hold them.
"""
