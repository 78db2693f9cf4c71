"""Little programs whose operations and final state were recorded from a real `pulumi`, which every engine meets.

The programs are in `programs`, listed in `cases`; how one is played and what of it is compared in `sequences`, what
`pulumi` did in `expected/`, and the command that records it anew in `record`.
"""
