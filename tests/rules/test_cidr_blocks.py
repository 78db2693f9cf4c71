"""Address blocks: what is wrong with one, and how blocks lie to one another."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kong_secure.rules.cidr_blocks import (
    block_findings,
    blocks_findings,
    is_covered,
    overlapping,
    overlaps,
    parse_block,
    public_blocks,
    same_blocks,
)

# Wherever a network can be: from 1.0.0.0 to 223.255.255.255, without what is this host's own and link-local.
BLOCKS = (
    st.builds(
        lambda address, prefix: IPv4Network((address, prefix), strict=False),
        st.integers(1 << 24, (224 << 24) - 1),
        st.integers(8, 32),
    )
    .map(str)
    .filter(lambda block: not block.startswith(("127.", "169.254.", "169.0.0.0/8")))
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("10.8.0.1/16", "cidr '10.8.0.1/16' has bits set behind its prefix: write 10.8.0.0/16"),
        ("10.8.0.5", "cidr '10.8.0.5' has no prefix length: write 10.8.0.5/32 for this one address"),
        ("fd00::/8", "is IPv6, and Konnect's private paths carry IPv4 alone"),
        ("::1", "is IPv6"),
        ("11.0.0.0/7", "has bits set behind its prefix: write 10.0.0.0/7"),
        ("10.8.0.0/255.255.0.0", "isn't written as address and prefix length: write 10.8.0.0/16"),
        ("8.0.0.0/7", "is wider than /8"),
        ("0.0.0.0/0", "is wider than /8"),
        ("10.8.0.0/33", "is no CIDR block"),
        ("ten", "is no CIDR block: give one such as 10.8.0.0/16"),
        ("127.0.0.0/8", "has addresses that no network can have: give one such as 10.8.0.0/16"),
        ("169.254.169.0/24", "has addresses that no network can have"),
        ("224.0.0.0/8", "has addresses that no network can have"),
        ("0.0.0.0/8", "has addresses that no network can have"),
        ("", "is no CIDR block"),
        (10, "is no CIDR block"),
        (None, "is no CIDR block"),
    ],
)
def test_what_is_no_usable_block_is_told_with_the_fix(value: object, words: str) -> None:
    [finding] = block_findings("cidr", value)
    assert words in str(finding)
    assert repr(value) in str(finding)


def test_blocks_in_no_private_range_are_told_apart() -> None:
    private = ["10.8.0.0/16", "100.64.0.0/10", "172.31.0.0/16", "192.168.1.0/24", "198.19.0.0/16"]
    public = ["11.0.0.0/8", "172.32.0.0/16", "192.0.0.0/8"]
    assert public_blocks([*private, *public, "nothing"]) == public


@given(BLOCKS)
def test_every_block_up_to_8_wide_is_right_and_parses(block: str) -> None:
    assert list(block_findings("cidr", block)) == []
    assert str(parse_block(block)) == block


@pytest.mark.parametrize("text", ["10.8.0.1/16", "10.8.0.5", "10.8.0.0/255.255.0.0", "fd00::/8", "x"])
def test_what_is_no_block_doesnt_parse(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_block(text)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "cidr_blocks is empty"),
        ("10.8.0.0/16", "is no list"),
        (None, "is no list"),
        (["10.8.0.0/16", "x"], "cidr_blocks[1] 'x' is no CIDR block"),
        (["10.8.0.0/16", "10.8.0.0/16"], "'10.8.0.0/16' overlaps with '10.8.0.0/16'"),
        (["10.0.0.0/8", "10.8.0.0/16"], "'10.8.0.0/16' overlaps with '10.0.0.0/8'"),
    ],
)
def test_what_is_wrong_with_a_list_of_blocks_is_told(values: object, words: str) -> None:
    [finding] = blocks_findings("cidr_blocks", values)
    assert words in str(finding)


def test_blocks_side_by_side_are_right() -> None:
    assert list(blocks_findings("cidr_blocks", ["10.8.0.0/16", "10.9.0.0/16", "192.168.1.0/24"])) == []


@given(st.lists(BLOCKS, max_size=4), BLOCKS)
def test_a_block_overlaps_exactly_with_those_that_share_its_first_or_their_first_address(
    others: list[str], block: str
) -> None:
    def shares(other: str) -> bool:
        one, two = IPv4Network(block), IPv4Network(other)
        return one.network_address in two or two.network_address in one

    assert overlapping(block, others) == next((other for other in others if shares(other)), None)
    assert list(overlaps([block, *others[:1]])) == [(block, other) for other in others[:1] if shares(other)]


@pytest.mark.parametrize(
    ("block", "by", "covered"),
    [
        ("10.8.0.0/16", ["10.0.0.0/8"], True),
        ("10.8.0.0/16", ["10.8.0.0/17", "10.8.128.0/17"], True),
        ("10.8.0.0/16", ["10.8.0.0/17"], False),
        ("10.8.0.0/16", ["10.9.0.0/16"], False),
        ("10.8.0.0/16", [], False),
    ],
)
def test_a_block_is_covered_by_several_together_too(block: str, by: list[str], covered: bool) -> None:
    assert is_covered(block, by) is covered


def test_order_and_repetition_dont_make_blocks_differ_and_text_does() -> None:
    assert same_blocks(["10.8.0.0/16", "10.9.0.0/16"], ["10.9.0.0/16", "10.8.0.0/16", "10.9.0.0/16"])
    assert not same_blocks(["10.8.0.0/16"], ["10.8.0.0/16", "10.9.0.0/16"])
    assert same_blocks(["no block"], ["no block"])
    assert not same_blocks(["no block"], ["10.8.0.0/16"])
