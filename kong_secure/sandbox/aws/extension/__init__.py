"""All that is added to moto, and where moto is kinder than AWS, made as strict: transit gateways, their
attachments and route tables, resource shares, and some of the VPC's own calls.

Each refusal has AWS's own error code. `responses` says which class answers which service.
"""
