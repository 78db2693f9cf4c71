"""What a person reads of pulumi's output. The texts were printed by pulumi v3.260.0; only paths and names are
shortened."""

from __future__ import annotations

import pytest

from kong_secure.sandbox.engine import pulumi_output

STACK = "pulumi:pulumi:Stack shop-dev"
HEADER = "pulumi-python:dynamic/kong-secure:SharedSecretHeader orders"
INTERRUPTED = [
    "Traceback (most recent call last):",
    '  File "/opt/pulumi/pulumi-language-python-exec", line 232, in <module>',
    "    loop.run_until_complete(coro)",
    '  File "/usr/lib/python3.11/selectors.py", line 468, in select',
    "    fd_event_list = self._selector.poll(timeout, max_ev)",
    "                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    "KeyboardInterrupt",
    "During handling of the above exception, another exception occurred:",
    "Traceback (most recent call last):",
    '  File "/opt/pulumi/pulumi-language-python-exec", line 244, in <module>',
    "    executor.shutdown(wait=True)",
    "KeyboardInterrupt",
]
OWN_ERROR = [
    "error: Program failed with an unhandled exception:",
    "Traceback (most recent call last):",
    '  File "/home/me/shop/__main__.py", line 5, in <module>',
    "    raise ValueError('mine')",
    "ValueError: mine",
]


def read(*lines: str) -> list[str]:
    return [line.rstrip("\n") for line in pulumi_output.readable(f"{line}\n" for line in lines)]


def rows(prefix: str, said: list[str]) -> list[str]:
    return [f"{prefix} {line}" for line in said]


def indented(said: list[str]) -> list[str]:
    return [f"    {line}" for line in said]


@pytest.mark.parametrize(
    "status", [f" +  {STACK} creating (0s)", f"    {STACK} running", f" ~  {STACK} updating (12s)"]
)
def test_a_row_tells_nothing_of_the_program_having_been_interrupted(status: str) -> None:
    assert read(*rows(status, INTERRUPTED)) == []


def test_the_diagnostics_tell_nothing_of_the_program_having_been_interrupted() -> None:
    reason = "    error: Konnect doesn't allow this with this token"
    text = read(
        "Diagnostics:",
        "  pulumi:pulumi:Stack (shop-dev):",
        *indented(INTERRUPTED),
        "",
        "  pulumi-python:dynamic:T (orders):",
        reason,
        "",
        "Resources:",
    )
    assert text == ["Diagnostics:", "  pulumi-python:dynamic:T (orders):", reason, "", "Resources:"]


def test_lines_with_empty_ones_between_them_tell_nothing_of_the_interruption_either() -> None:
    """A preview with --diff prints them like that."""
    spread = [part for line in INTERRUPTED for part in (line, "")]
    assert read("error: resource 'a' has a problem: it is bad", *spread) == [
        "error: resource 'a' has a problem: it is bad"
    ]


def test_rows_of_others_in_the_middle_of_a_traceback_are_kept() -> None:
    first, *rest = rows(f"    {STACK} running", INTERRUPTED)
    other = f" +  {HEADER} created (0.09s)"
    assert read(first, other, *rest) == [other]


def test_the_programs_own_exception_is_shown_whole() -> None:
    text = ["Diagnostics:", "  pulumi:pulumi:Stack (shop-dev):", *indented(OWN_ERROR)]
    assert read(*text) == text


def test_a_traceback_that_pulumi_did_not_cause_is_shown_after_one_that_it_did() -> None:
    own = OWN_ERROR[1:]
    assert read(*INTERRUPTED, *own) == own


def test_an_interrupt_in_the_users_own_process_is_shown() -> None:
    own = [
        "Traceback (most recent call last):",
        '  File "/home/me/shop/tool.py", line 1',
        "KeyboardInterrupt",
    ]
    assert read(*own) == own


def test_a_traceback_that_breaks_off_is_shown() -> None:
    assert read(*INTERRUPTED[:3]) == INTERRUPTED[:3]


def test_an_error_is_read_once_under_diagnostics() -> None:
    reason = "error: no service 'ordres'"
    text = read(
        f" +  {HEADER} creating (0s) ",
        f" +  {HEADER} creating (0s) {reason}",
        f" +  {HEADER} **creating failed** {reason}",
        f"    {STACK} **failed** 1 error; 26 messages",
        "Diagnostics:",
        "  pulumi-python:dynamic:T (orders):",
        f"    {reason}",
    )
    assert text == [
        f" +  {HEADER} creating (0s) ",
        f" +  {HEADER} **creating failed**",
        f"    {STACK} **failed**",
        "Diagnostics:",
        "  pulumi-python:dynamic:T (orders):",
        f"    {reason}",
    ]


def test_what_changes_is_shown_beside_a_resource_that_failed() -> None:
    row = f" ~  {HEADER} **updating failed** [diff: ~shared_secret]"
    assert read(f"{row}; error: no service 'ordres'", "Diagnostics:", "    error: no service 'ordres'") == [
        row,
        "Diagnostics:",
        "    error: no service 'ordres'",
    ]


def test_an_error_without_diagnostics_is_read_at_the_end() -> None:
    """As when pulumi itself is ended."""
    row = f" +  {HEADER} creating (0s) error: no service 'ordres'"
    assert read(row) == [row]


def test_what_changes_is_shown_beside_the_resource() -> None:
    row = f" ~  {HEADER} updated (0.10s) [diff: ~shared_secret]"
    assert read(row) == [row]


def test_what_a_program_prints_is_shown() -> None:
    row = f"    {STACK} running hello from the program"
    assert read(row) == [row]


def test_a_message_is_read_when_it_comes_and_not_again() -> None:
    waiting = f" +  {STACK} creating (2s) waiting for the attachment"
    text = read(
        waiting,
        f" +  {STACK} created (3s) 1 message; 1 warning",
        "Diagnostics:",
        "  pulumi:pulumi:Stack (shop-dev):",
        "    waiting for the attachment",
        "    warning: over plain HTTP",
        "",
        f"  {HEADER.replace(' ', ' (')}):",
        "    waiting for the attachment",
    )
    assert text == [
        waiting,
        f" +  {STACK} created (3s)",
        "Diagnostics:",
        "  pulumi:pulumi:Stack (shop-dev):",
        "    warning: over plain HTTP",
        "",
        f"  {HEADER.replace(' ', ' (')}):",
        "    waiting for the attachment",
    ]


def test_a_message_is_not_read_again_beside_what_becomes_of_its_resource() -> None:
    text = read(
        f" ~  {HEADER} updating (0s) [diff: ~scheme]; asked again",
        f" ~  {HEADER} updated (0.10s) [diff: ~scheme]; asked again",
        f" ~  {HEADER} updated (0.10s) [diff: ~scheme]; found",
        "Diagnostics:",
        f"  {HEADER.replace(' ', ' (')}):",
        "    asked again",
        "    found",
        "",
        "Resources:",
    )
    assert text == [
        f" ~  {HEADER} updating (0s) [diff: ~scheme]; asked again",
        f" ~  {HEADER} updated (0.10s) [diff: ~scheme]",
        f" ~  {HEADER} updated (0.10s) [diff: ~scheme]; found",
        "Resources:",
    ]


def test_a_message_of_several_lines_is_read_whole() -> None:
    """A row has the first of them alone."""
    first = f"    {STACK} running the plan:"
    headed = ["Diagnostics:", "  pulumi:pulumi:Stack (shop-dev):"]
    assert read(first, *headed, "    the plan:", "      one", "    warning: two") == [
        first,
        *headed,
        "    the plan:",
        "      one",
        "    warning: two",
    ]


def test_what_only_says_that_time_passes_is_left_out() -> None:
    text = read(
        "Updating (dev):",
        "@ updating....",
        "",
        "@ updating........",
        "@ importing....",
        "",
        f"    {STACK} running ",
        f"    {STACK}  1 warning",
        f"    {HEADER}  ",
        "Resources:",
    )
    assert text == ["Updating (dev):", "", "Resources:"]


def test_advice_on_a_second_interrupt_is_left_out() -> None:
    """The first one may have been a SIGTERM, and the second one is not for pulumi."""
    assert read(
        "^C received; cancelling. If you would like to terminate immediately, press ^C again.",
        "Note that terminating immediately may lead to orphaned resources and other inconsistencies.",
        "    error: update canceled",
    ) == ["    error: update canceled"]


def test_what_would_lead_to_the_users_own_stacks_is_left_out() -> None:
    assert read("If you want to remove the stack completely, run `pulumi stack rm dev`.") == []


def test_the_end_of_an_interrupted_program_is_told_once_it_has_nothing_more_to_say() -> None:
    told: list[str] = []
    passed: list[str] = []

    def lines() -> list[str]:
        return [f"{line}\n" for line in INTERRUPTED]

    for line in pulumi_output.readable(lines()[:7], lambda: told.append("early")):
        passed.append(line)
    assert told == []
    for line in pulumi_output.readable(lines(), lambda: told.append("ended")):
        passed.append(line)
    assert told == ["ended"]
    assert passed == []
