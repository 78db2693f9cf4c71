"""The request-transformer beyond `request_transformer_cases.json`: templates, limits, and Kong's quirks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kong_secure.sandbox.data_plane.request_transformer import Request, transform
from kong_secure.sandbox.data_plane.rules import (
    TemplateError,
    TransformError,
    holds_template,
    parse_configuration,
)

JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)


def headers(config: dict[str, Any], *given: tuple[str, str]) -> dict[str, list[str]]:
    result = transform(parse_configuration(config), Request("GET", "/", headers=given))
    values: dict[str, list[str]] = {}
    for name, value in result.headers:
        values.setdefault(name.lower(), []).append(value)
    return values


def body(config: dict[str, Any], content: bytes, given: tuple[tuple[str, str], ...] = JSON) -> bytes | None:
    return transform(parse_configuration(config), Request("POST", "/", headers=given, body=content)).body


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$(x)", True),
        ("Bearer $(headers.a)", True),
        ("a$(f(x))b", True),
        ("$($(x)", True),
        ("$(x", False),
        ("a $ b (c)", False),
        ("$ (x)", False),
        ("{vault://env/x}", False),
    ],
)
def test_only_a_balanced_dollar_parenthesis_is_a_template(value: str, expected: bool) -> None:
    assert holds_template(value) is expected


@pytest.mark.parametrize("operation", ["remove", "rename", "replace", "add", "append"])
@pytest.mark.parametrize("part", ["headers", "querystring"])
def test_a_template_in_any_list_ends_the_request_and_is_named_without_its_value(
    operation: str, part: str
) -> None:
    config = {operation: {part: ["X-Key:private$(headers.x)"]}}
    with pytest.raises(TemplateError, match=f"{operation}.{part} X-Key holds a template") as caught:
        transform(parse_configuration(config), Request("GET", "/"))
    assert "private" not in str(caught.value)


def test_a_template_in_the_uri_ends_the_request() -> None:
    with pytest.raises(TemplateError):
        transform(parse_configuration({"replace": {"uri": "/x/$(uri_captures[1])"}}), Request("GET", "/"))


@pytest.mark.parametrize("value", ["$(x", "a$b", "{vault://env/token}", "$ (x)"])
def test_what_is_no_template_is_sent_as_it_is(value: str) -> None:
    assert headers({"add": {"headers": [f"X-Key:{value}"]}})["x-key"] == [value]


def test_a_rule_with_underscores_is_suppressed_by_the_callers_dashed_header() -> None:
    assert headers({"add": {"headers": ["x_key:ours"]}}, ("X-Key", "theirs")) == {"x-key": ["theirs"]}


def test_a_removal_with_underscores_leaves_the_callers_dashed_header() -> None:
    assert headers({"remove": {"headers": ["x_key"]}}, ("X-Key", "theirs")) == {"x-key": ["theirs"]}


def test_a_rename_with_underscores_copies_the_callers_dashed_header() -> None:
    result = headers({"rename": {"headers": ["x_key:X-New"]}}, ("X-Key", "theirs"))
    assert result == {"x-key": ["theirs"], "x-new": ["theirs"]}


def test_a_dashed_rule_does_not_meet_the_callers_underscore_header() -> None:
    config = {"remove": {"headers": ["X-Key"]}, "add": {"headers": ["X-Key:ours"]}}
    assert headers(config, ("x_key", "theirs")) == {"x_key": ["theirs"], "x-key": ["ours"]}


def test_a_header_after_the_hundredth_is_not_removed_but_is_overwritten() -> None:
    many = tuple((f"X-{index}", "v") for index in range(100))
    removed = headers({"remove": {"headers": ["X-Key"]}}, *many, ("X-Key", "theirs"))
    forced = headers(
        {"remove": {"headers": ["X-Key"]}, "add": {"headers": ["X-Key:ours"]}}, *many, ("X-Key", "theirs")
    )
    assert removed["x-key"] == ["theirs"]
    assert forced["x-key"] == ["ours"]
    assert len(forced) == 101


def test_a_rename_of_the_letter_case_alone_keeps_the_value() -> None:
    result = transform(
        parse_configuration({"rename": {"headers": ["x-old:X-OLD"]}}),
        Request("GET", "/", headers=(("x-old", "v"),)),
    )
    assert result.headers == (("X-OLD", "v"),)


@pytest.mark.parametrize("operation", ["add", "remove"])
def test_add_and_remove_never_touch_the_host(operation: str) -> None:
    result = transform(
        parse_configuration({operation: {"headers": ["Host:evil.example"]}}),
        Request("GET", "/", headers=(("host", "client.example"),)),
    )
    assert result.host is None
    assert result.headers == (("host", "client.example"),)


def test_append_to_the_host_ends_the_request_because_kong_sends_a_host_that_is_none() -> None:
    """Kong turns the list into `table: 0x...`."""
    with pytest.raises(TransformError, match="Host"):
        headers({"append": {"headers": ["Host:evil.example"]}}, ("host", "client.example"))


def test_replace_sets_the_host_for_the_backend() -> None:
    result = transform(
        parse_configuration({"replace": {"headers": ["host:new.example"]}}), Request("GET", "/")
    )
    assert result.host == "new.example"


def test_a_repeated_header_renamed_onto_host_ends_the_request() -> None:
    with pytest.raises(TransformError, match="Host"):
        headers({"rename": {"headers": ["X-Inner:Host"]}}, ("X-Inner", "a.example"), ("X-Inner", "b.example"))


def test_a_line_break_in_a_configured_value_can_not_start_a_new_header() -> None:
    assert headers({"add": {"headers": ["X-Key:a\r\nX-Evil: b"]}}) == {"x-key": ["a%0D%0AX-Evil: b"]}


def test_a_non_ascii_value_is_sent_as_its_utf8_bytes() -> None:
    assert headers({"add": {"headers": ["X-Key:é"]}})["x-key"] == ["é".encode().decode("latin-1")]


def test_an_unknown_method_ends_the_request() -> None:
    with pytest.raises(TransformError, match="BREW"):
        transform(parse_configuration({"http_method": "BREW"}), Request("GET", "/"))


def test_an_entry_without_a_name_ends_the_request() -> None:
    with pytest.raises(TransformError, match=r"add\.headers"):
        headers({"add": {"headers": [":secret"]}})


def test_a_repeated_form_field_meeting_a_query_argument_ends_the_request() -> None:
    request = Request("POST", "/", query="k=q", headers=FORM, body=b"k=1&k=2")
    with pytest.raises(TransformError):
        transform(parse_configuration({"http_method": "GET"}), request)


def test_query_arguments_are_written_in_the_order_of_their_text_and_encoded() -> None:
    config = parse_configuration({"add": {"querystring": ["b:x y/é", "a[0]:1"]}})
    result = transform(config, Request("GET", "/", query="z=1&c&c=+%2B"))
    assert result.query == "a%5B0%5D=1&b=x%20y%2F%C3%A9&c&c=%20%2B&z=1"


def test_a_query_without_rules_is_passed_byte_by_byte() -> None:
    result = transform(
        parse_configuration({"add": {"headers": ["A:b"]}}), Request("GET", "/", query="b=+&&a=%zz&=x")
    )
    assert result.query == "b=+&&a=%zz&=x"


def test_query_arguments_after_the_hundredth_are_lost_where_a_rule_rewrites_them() -> None:
    given = "&".join(f"a{index}=1" for index in range(120))
    result = transform(
        parse_configuration({"add": {"querystring": ["new:1"]}}), Request("GET", "/", query=given)
    )
    assert result.query.count("&") == 100


@pytest.mark.parametrize("scalar", [b"1", b"true", b"null", b'"text"'])
def test_a_scalar_json_body_ends_the_request(scalar: bytes) -> None:
    with pytest.raises(TransformError):
        body({"remove": {"body": ["a"]}}, scalar)


def test_false_counts_as_absent_and_null_as_present_in_json() -> None:
    config = {"replace": {"body": ["a:x", "b:x"]}, "add": {"body": ["c:x", "d:x"]}}
    changed = body(config, b'{"a":false,"b":null,"c":false,"d":null}')
    assert json.loads(changed or b"") == {"a": False, "b": "x", "c": "x", "d": None}


def test_members_added_to_a_json_array_are_lost() -> None:
    assert body({"add": {"body": ["a:x"]}}, b"[1,[],{}]") == b"[1,[],{}]"


def test_json_numbers_are_written_with_fourteen_digits() -> None:
    assert body({"add": {"body": ["a:x"]}}, b'{"n":12345678901234567,"m":1.50}') == (
        b'{"n":1.2345678901235e+16,"m":1.5,"a":"x"}'
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [('{"p":[1]}', [1, "v"]), ('{"p":{"a":1}}', {"a": 1, "1": "v"}), ('{"p":{}}', ["v"]), ('{"p":7}', ["v"])],
)
def test_append_to_json_makes_what_lua_makes_of_it(given: str, expected: Any) -> None:
    assert json.loads(body({"append": {"body": ["p:v"]}}, given.encode()) or b"")["p"] == expected


def test_slashes_in_json_are_written_escaped() -> None:
    assert body({"add": {"body": ["a/b:c/d"]}}, b"{}") == b'{"a\\/b":"c\\/d"}'


def test_json_that_is_not_utf8_keeps_its_bytes() -> None:
    assert body({"add": {"body": ["a:é"]}}, b'{"k":"\xff"}') == b'{"k":"\xff","a":"\xc3\xa9"}'


@pytest.mark.parametrize("content", [b'{"a":', b"[" * 100_000, b'{"a":"\\ud800"}'])
def test_json_that_can_not_be_read_passes_unchanged(content: bytes) -> None:
    assert body({"add": {"body": ["b:x"]}}, content) == content


def test_json_is_read_and_written_in_up_to_a_thousand_levels() -> None:
    deep, too_deep = (b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}" for levels in (1000, 1001))
    assert body({"add": {"body": ["b:x"]}}, deep) == deep[:-1] + b',"b":"x"}'
    assert body({"add": {"body": ["b:x"]}}, too_deep) == too_deep


def test_brackets_in_texts_are_no_levels() -> None:
    text = json.dumps({"a": '"[{' * 2000}).encode()
    assert json.loads(body({"add": {"body": ["b:x"]}}, text) or b"") == {**json.loads(text), "b": "x"}


def test_an_unseen_body_is_replaced_by_what_add_makes_of_nothing() -> None:
    result = transform(
        parse_configuration({"add": {"body": ["a:x"]}}), Request("POST", "/", headers=JSON, body=None)
    )
    assert result.body == b'{"a":"x"}'


def test_an_unseen_body_stays_unseen_where_only_present_members_change() -> None:
    config = {"remove": {"body": ["a"]}, "rename": {"body": ["a:b"]}, "replace": {"body": ["a:x"]}}
    result = transform(parse_configuration(config), Request("POST", "/", headers=JSON, body=None))
    assert result.body is None


def test_a_form_body_keeps_its_order_and_bare_names() -> None:
    assert body({"rename": {"body": ["b:c"]}, "append": {"body": ["a:2"]}}, b"x&a=1&b=%20", FORM) == (
        b"x&a=1&a=2&c=%20"
    )


def test_a_rename_to_the_same_name_changes_no_byte_of_a_form() -> None:
    assert body({"rename": {"body": ["a:a"]}}, b"a=%41&b", FORM) == b"a=%41&b"


MULTIPART = (("content-type", 'multipart/form-data; boundary="BB"'),)


def part(name: str, value: str, *more: str) -> str:
    lines = [f'Content-Disposition: form-data; name="{name}"', *more, "", value]
    return "--BB\r\n" + "\r\n".join(lines) + "\r\n"


def test_a_multipart_body_keeps_the_bytes_of_parts_that_no_rule_names() -> None:
    binary = "\x00\xff\r\n--B\n\r\nend"
    given = part("file", binary, "Content-Type: application/octet-stream") + part("drop", "x") + "--BB--\r\n"
    kept = part("file", binary, "Content-Type: application/octet-stream") + part("new", "v") + "--BB--\r\n"
    config = {"remove": {"body": ["drop"]}, "add": {"body": ["new:v", "file:w"]}}
    assert body(config, given.encode("latin-1"), MULTIPART) == kept.encode("latin-1")


def test_multipart_parts_are_renamed_before_they_are_removed() -> None:
    config = {"rename": {"body": ["old:new"]}, "remove": {"body": ["old"]}}
    given = part("old", "v") + "--BB--\r\n"
    assert body(config, given.encode(), MULTIPART) == (part("new", "v") + "--BB--\r\n").encode()


def test_append_does_nothing_to_a_multipart_body() -> None:
    given = (part("a", "v") + "--BB--\r\n").encode()
    assert body({"append": {"body": ["a:w", "b:w"]}}, given, MULTIPART) == given


def test_removing_the_only_part_leaves_an_empty_body() -> None:
    given = (part("a", "v") + "--BB--\r\n").encode()
    assert body({"remove": {"body": ["a"]}}, given, MULTIPART) == b""


def test_a_replaced_part_moves_to_the_end() -> None:
    given = (part("a", "1", "X-Kept: no") + part("b", "2") + "--BB--\r\n").encode()
    assert (
        body({"replace": {"body": ["a:9"]}}, given, MULTIPART)
        == (part("b", "2") + part("a", "9") + "--BB--\r\n").encode()
    )


def test_the_representation_of_rules_and_requests_holds_no_values() -> None:
    configuration = parse_configuration({"add": {"headers": ["X-Key:hush-hush"]}})
    shown = repr(configuration) + repr(transform(configuration, Request("POST", "/", body=b"hush-hush")))
    assert "hush-hush" not in shown
