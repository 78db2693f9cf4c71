"""A small deployment engine speaking Pulumi's protocol, and the names every engine of the sandbox shares.

Start reading at `embedded`: one operation from start to end. What each module answers for:

- What is asked for: `operations` (what every engine is given and gives back), `embedded` (this one).
- Values: `wire` (what a value is, and how it travels), `diffs` (how two differ), `urns` (names of resources).
- Program: `program` (starts the process), `program_host` (runs in it), `monitor` (what it asks for, over gRPC),
  `registration` (one such request, read), `inheritance` (what it has from its parents), `transforms` (functions of
  the program that rewrite it), `unimplemented` (what is refused, by name).
- Steps: `deployment` (one registration from request to record), `claims` (which recorded resource it continues),
  `custom_resources` (those a provider makes), `steps` (what is done with one), `execution` (doing it),
  `delete_first` and `replacement` (what goes before its successor comes, and who goes along), `deletion` (what is
  no longer wanted), `refresh` (what was changed outside).
- Plugins: `plugins` (talking to a provider), `providers` (which serves what), `provider_resources` (providers as
  resources), `not_simulated` (packages without a stand-in), `stack_references` (what other stacks export),
  `processes` (children and their end).
- Policies: `policy_packs` (when they are asked, and what follows), `policy_pack_process` (talking to a pack),
  `policy_configuration` (how its policies are set), `violations` (what they say).
- State: `state` (Pulumi's format), `journal` (when it is written, and what a kill leaves), `pending` (what is told
  of that), `references` (how resources name each other), `encryption` (secrets in it), `recorded_outputs` (a stack's
  outputs in it).
- Display: `display` (what a person reads), `digest` (a preview for programs), `masking` (what nobody may).
- The real `pulumi` behind the same names: `pulumi_cli` (runs it), `pulumi_events` (what it did),
  `pulumi_stall` (when it never ends), `pulumi_output` (what it says), `pulumi_pending` (what a kill left),
  `pulumi_policies` (what its policies say).
"""

from __future__ import annotations

from kong_secure.sandbox.engine.embedded import EmbeddedEngine
from kong_secure.sandbox.engine.encryption import PassphraseCipher, WrongPassphrase
from kong_secure.sandbox.engine.operations import (
    NO_REPAIR,
    Change,
    Difference,
    EngineError,
    Interrupted,
    Operation,
    PolicyPack,
    Repair,
    Result,
    Stack,
)

__all__ = [
    "NO_REPAIR",
    "Change",
    "Difference",
    "EmbeddedEngine",
    "EngineError",
    "Interrupted",
    "Operation",
    "PassphraseCipher",
    "PolicyPack",
    "Repair",
    "Result",
    "Stack",
    "WrongPassphrase",
]
