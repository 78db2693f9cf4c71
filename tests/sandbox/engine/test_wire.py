"""Values on the wire: secrets, unknowns, outputs and references, and what is asked of them."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from kong_secure.sandbox.engine import wire
from kong_secure.sandbox.engine.wire import UNKNOWN, Properties, Reference, Secret

# spelt out: these are Pulumi's protocol, not ours to change
KEY = "4dabf18193072939515e22adb298388d"
SECRET = {KEY: "1b47061264138c4ac30d75fd1eb44270", "value": "x"}
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def struct(**fields: Any) -> Any:
    return json_format.ParseDict(fields, struct_pb2.Struct())


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("text", "text"),
        (3, 3),
        (2.5, 2.5),
        (True, True),
        (None, None),
        ([1, [None]], [1, [None]]),
        ({"a": {}}, {"a": {}}),
        (UNKNOWN_TEXT, UNKNOWN),
        (SECRET, Secret("x")),
        ({"deep": [SECRET]}, {"deep": [Secret("x")]}),
        ({KEY: SECRET[KEY], "value": {"inner": SECRET}}, Secret({"inner": "x"})),
        ({KEY: OUTPUT}, UNKNOWN),
        ({KEY: OUTPUT, "value": 1}, 1),
        ({KEY: OUTPUT, "value": 1, "secret": True}, Secret(1)),
        ({KEY: OUTPUT, "secret": True}, Secret(UNKNOWN)),
        (
            {KEY: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "u", "id": "i", "packageVersion": "1"},
            Reference("u", "i", "1"),
        ),
        ({KEY: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "u", "id": UNKNOWN_TEXT}, Reference("u", UNKNOWN)),
        ({KEY: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "u"}, Reference("u")),
    ],
)
def test_a_value_is_read_as_what_it_means(sent: Any, read: Any) -> None:
    value = wire.from_struct(struct(key=sent))["key"]
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(
    "signature", ["c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"]
)
def test_assets_and_archives_are_refused(signature: str) -> None:
    with pytest.raises(wire.UnsupportedValueError, match="assets and archives"):
        wire.from_struct(struct(key={KEY: signature}))


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: text != UNKNOWN_TEXT),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda k: k != KEY), inner)
    ),
    max_leaves=15,
)
values = st.recursive(
    plain | plain.map(Secret) | st.just(UNKNOWN) | st.just(Reference("urn", "id", "1.0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from("abc"), values))
def test_what_is_sent_is_what_is_read(properties: Properties) -> None:
    assert wire.from_struct(wire.to_struct(properties, secrets=True)) == properties


@given(st.dictionaries(st.sampled_from("abc"), values))
def test_a_reader_without_secrets_gets_none_of_the_markers(properties: Properties) -> None:
    read = wire.from_struct(wire.to_struct(properties, secrets=False))
    assert read == wire.unwrap(properties)
    assert not wire.contains_secret(read)


@pytest.mark.parametrize(
    ("reference", "sent"),
    [(Reference("u", "i"), "i"), (Reference("u"), "u"), (Reference("u", UNKNOWN), UNKNOWN)],
)
def test_a_reader_without_references_gets_the_id_or_the_urn(reference: Any, sent: Any) -> None:
    assert wire.from_struct(wire.to_struct({"a": reference}, secrets=True, references=False)) == {"a": sent}


def test_unknowns_and_secrets_are_found_at_any_depth() -> None:
    assert wire.contains_unknown({"a": [{"b": Secret([UNKNOWN])}]})
    assert wire.contains_unknown([Reference("u", UNKNOWN)])
    assert not wire.contains_unknown({"a": [1, Secret("x"), Reference("u", "i")]})
    assert wire.contains_secret([{"a": Secret(1)}])
    assert not wire.contains_secret([{"a": 1}])


def test_the_leaves_of_secrets_are_listed_and_nothing_else() -> None:
    value = {"open": "o", "shut": Secret({"a": ["x", 12, True, None], "b": {"c": "y"}})}
    assert sorted(wire.secret_leaves(value)) == ["12", "x", "y"]


@pytest.mark.parametrize(
    ("given_input", "output", "marked"),
    [
        (Secret("x"), "y", Secret("y")),
        ("x", "y", "y"),
        ({"a": Secret(1), "b": 2}, {"a": 3, "b": 4, "c": 5}, {"a": Secret(3), "b": 4, "c": 5}),
        ([Secret(1), 2], [1, 2], Secret([1, 2])),
        ({"a": Secret(1)}, "text", Secret("text")),
        (Secret({"a": 1}), {"a": 1}, Secret({"a": 1})),
    ],
)
def test_outputs_are_marked_as_their_inputs_are(given_input: Any, output: Any, marked: Any) -> None:
    assert wire.mark_like({"key": output, "other": 1}, {"key": given_input, "absent": Secret(1)}) == {
        "key": marked,
        "other": 1,
    }


def test_outputs_are_marked_by_name_and_for_secret_inputs() -> None:
    outputs: Properties = {"named": 1, "from_input": 2, "open": 3, "already": Secret(4)}
    marked = wire.mark_secret(outputs, {"from_input": Secret(2)}, ("named", "missing"))
    assert marked == {"named": Secret(1), "from_input": Secret(2), "open": 3, "already": Secret(4)}


def test_equal_secrets_keep_their_ciphertext_and_others_lose_it() -> None:
    old: Properties = {"a": Secret("x", "c1"), "b": [Secret("y", "c2")], "c": Secret("z", "c3")}
    kept: Any = wire.keep_ciphertexts({"a": Secret("x"), "b": [Secret("y")], "c": Secret("new")}, old)
    assert (kept["a"].ciphertext, kept["b"][0].ciphertext, kept["c"].ciphertext) == ("c1", "c2", None)


def test_a_secret_does_not_show_itself() -> None:
    assert "hidden" not in repr({"a": Secret("hidden", "cipher")})
