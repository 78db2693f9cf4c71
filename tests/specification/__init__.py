"""Kong's published specification of Konnect, and the traffic of the tests held against it.

`files/` are Kong's own OpenAPI files, with their licence. `documents` reads them, `schemas` makes their schemas
strict, `operations` finds what is declared for a request, `additions` says what the files leave out.

`recording/` and `recorder` have every world record what its Konnect is asked and answers, `traffic` reads that, `check`
holds it against the specification, `exceptions` lists what is allowed nevertheless, and `suite` does all this for every
test.
"""
