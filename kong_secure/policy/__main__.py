"""The program of the policy pack, run by Pulumi's engine or the sandbox's, in an environment with
`kong-secure[policy]`.
"""

from kong_secure.policy.pack import serve

serve()
