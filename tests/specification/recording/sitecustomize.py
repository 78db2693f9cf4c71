"""Records what a world's Konnect is asked and answers. Python imports a module of this name before anything else;
`tests.specification.suite` puts its folder on PYTHONPATH, so that every process the tests start has it, and only the
world's does more than look at its own command line.

It knows nothing of the specification: to load that in each of hundreds of worlds would cost the tests minutes. What it
writes is read by `tests.specification.traffic`.
"""

from __future__ import annotations

import os
import sys

if "kong_secure.sandbox.world" in sys.orig_argv and "SPECIFICATION_TRAFFIC" in os.environ:
    _root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
    sys.path.insert(0, _root)
    from tests.specification import recorder

    # The world finds the product where it is installed, not beside the tests.
    sys.path.remove(_root)
    recorder.install(os.environ["SPECIFICATION_TRAFFIC"])
