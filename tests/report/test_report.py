"""Reports as they are read: of one preview, of two, as Markdown and as a page; hostile words stay words."""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from kong_secure.cli import main
from kong_secure.report.contents import report_of
from kong_secure.report.digest import preview_of
from kong_secure.report.markdown import LONGEST, escaped, markdown
from kong_secure.report.page import page
from tests.report.digests import (
    ATTACHMENT,
    HEADER,
    INGRESS,
    ORDERS,
    READY,
    SECRET,
    UNKNOWN,
    created,
    digest,
    step,
    urn,
)

HOSTILE = '"><script>alert(1)</script> `|` [a](javascript:b) @everyone ![x](y) {{z}}'

WAITING = (
    created(ATTACHMENT, "path-attachment", {"cidr_blocks": ["10.8.0.0/16"], "name": "path"}),
    created(READY, "path-ready", {"attachments": UNKNOWN}, urn(ATTACHMENT, "path-attachment")),
)


def test_two_previews_from_an_empty_state_are_compared_by_urn() -> None:
    base = digest(
        created(HEADER, "orders", ORDERS), created(HEADER, "billing", {**ORDERS, "service": "billing"})
    )
    head = digest(
        created(HEADER, "orders", {**ORDERS, "overwrite": False}),
        created(
            INGRESS, "open", {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}
        ),
    )
    report = report_of(preview_of(head), preview_of(base))
    assert [(row.name, row.what) for row in report.rows] == [
        ("open", "added"),
        ("billing", "removed"),
        ("orders", "changed: overwrite"),
    ]
    assert "1 added, 1 removed, 1 changed. Look closely:" in report.summary
    # Of the head alone, all are creations, and nothing looks weakened but what begins so.
    assert {row.what for row in report_of(preview_of(head)).rows} == {"added"}


def test_the_same_program_twice_changes_nothing() -> None:
    text = digest(*WAITING, created(HEADER, "orders", ORDERS))
    report = report_of(preview_of(text), preview_of(text))
    assert (report.summary, report.rows) == ("Nothing changes.", ())
    assert {str(lane.path) for lane in report.lanes} == {
        "AWS transit gateway path-attachment",
        "public internet",
    }


def test_the_diagram_shows_which_path_a_header_waits_for_and_what_is_new() -> None:
    private = {**ORDERS, "service": UNKNOWN}
    head = digest(
        *WAITING,
        created(HEADER, "orders", private, urn(READY, "path-ready")),
        step(HEADER, "open", ORDERS, ORDERS),
        step(HEADER, "gone", {**ORDERS, "route": "old", "service": None}, None),
    )
    drawn = [
        (str(lane.path), str(lane.header), str(lane.backend)) for lane in report_of(preview_of(head)).lanes
    ]
    assert drawn == [
        ("AWS transit gateway path-attachment (new)", "Authorization: *** (new)", "service orders (new)"),
        ("public internet", "Authorization: *** (removed)", "route old (removed)"),
        # What stays as it was comes last: it is what is left out of too many.
        ("public internet", "Authorization: ***", "service orders"),
    ]


def test_a_path_without_a_header_is_drawn_without_one() -> None:
    [lane] = report_of(preview_of(digest(*WAITING))).lanes
    assert (lane.header, str(lane.backend)) == (None, "10.8.0.0/16 (new)")


def test_a_gateway_that_does_not_add_its_header_is_drawn_without_one() -> None:
    [lane] = report_of(preview_of(digest(step(HEADER, "orders", ORDERS, {**ORDERS, "enabled": False})))).lanes
    assert (lane.header, str(lane.backend)) == (None, "service orders (changed)")


def test_dependencies_in_a_ring_come_to_an_end() -> None:
    ring = (
        created(READY, "a", {}, urn(READY, "b")),
        created(READY, "b", {}, urn(READY, "a")),
        created(HEADER, "orders", ORDERS, urn(READY, "a")),
    )
    assert len(report_of(preview_of(digest(*ring))).lanes) == 1


def test_hostile_words_stay_words() -> None:
    kind = HOSTILE.replace(":", "")
    head = digest(
        created(HEADER, HOSTILE, {**ORDERS, "service": HOSTILE, "header_name": HOSTILE}),
        created(kind, HOSTILE, {HOSTILE: 1}),
        step(kind, "b", {HOSTILE: 1}, {HOSTILE: 2}),
        diagnostics=[{"severity": "error", "message": HOSTILE}],
    )
    report = report_of(preview_of(head))
    written = markdown(report)
    for mark in ("<script", "](", "`|`", "@everyone", "{{z"):
        assert mark not in written
    # What GitHub makes of it is the text again, with something invisible behind the @.
    shown = html.unescape(escaped(HOSTILE)).replace("\u200b", "")
    assert shown == HOSTILE
    document = page(report)
    assert "<script" not in document
    assert html.escape(HOSTILE) in document


UNSEEN = "a\u202eb\u200bc\ud800d\u3164e\x00f\x1b[31m\U000e0041\u2028g"


def test_what_cannot_be_seen_or_turns_a_line_around_is_shown_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text(digest(created(HEADER, UNSEEN, {**ORDERS, "service": UNSEEN})))
    files = [str(tmp_path / name) for name in ("head.json", "report.html", "report.md")]
    assert main(["report", files[0], "--title", UNSEEN, "--html", files[1], "--markdown", files[2]]) == 0
    for file in files[1:]:
        text = html.unescape(Path(file).read_text(encoding="utf-8"))
        assert all(unicodedata.category(each) not in ("Cf", "Cs", "Cc") for each in text.replace("\n", ""))
        assert "a[U+202E]b[U+200B]c[U+D800]d[U+3164]e[U+0000]f[U+001B][31m[U+E0041] g" in text


def test_a_name_of_many_lines_stays_in_its_line() -> None:
    name = "a\n\n## b\r\n| c |\n```\n> d\u2029e"
    kind = "a:b/c:D"
    head = digest(
        created(HEADER, name, {**ORDERS, "service": name}),
        created(kind, name, {}),
        diagnostics=[{"severity": "error", "message": name}],
    )
    written = markdown(report_of(preview_of(head), title=name))
    assert [line[:20] for line in written.splitlines() if line.startswith(("#", "```", ">"))] == [
        "## What this changes",
        "> ❌ The preview isn'",
        "```mermaid",
        "```",
    ]
    assert html.unescape(escaped(name)).replace("\u200b", "") == "a ## b | c | ``` > d e"


def test_names_of_any_length_leave_the_gravest_to_be_read() -> None:
    long = "@" * 1_000
    many = [created(long + str(index), long, {long: 1}) for index in range(200)]
    opened = created(
        INGRESS, long, {"ipProtocol": "tcp", "cidrIpv4": "0.0.0.0/0", "fromPort": 1, "toPort": 1}
    )
    grave = [step(HEADER, f"{long}{index}", ORDERS, None) for index in range(200)]
    said = [{"severity": "error", "message": f"{long}{index}"} for index in range(200)]
    written = markdown(report_of(preview_of(digest(*many, opened, *grave, diagnostics=said)), title=long))
    assert len(written) <= LONGEST
    assert "takes protection away or opens to the world &#40;201&#41;" in written
    assert "opens port 1" in html.unescape(written)
    assert written.count("```") == 2
    assert "more messages aren't shown here" in written


def test_a_report_of_thousands_of_resources_fits_into_a_comment_and_says_what_it_leaves_out() -> None:
    many = [created(HEADER, f"service-{index}", {**ORDERS, "service": f"s-{index}"}) for index in range(2000)]
    written = markdown(report_of(preview_of(digest(*many))))
    assert len(written) <= LONGEST
    assert "1900 more resources (1900 🟢) aren't shown here." in html.unescape(written)
    assert written.count("```") == 2


def test_the_page_needs_nothing_from_anywhere() -> None:
    document = page(report_of(preview_of(digest(*WAITING, created(HEADER, "orders", ORDERS)))))
    assert not re.search(r"https?:|<script|<link|<img|url\(|@import| on\w+=", document)
    assert "default-src 'none'" in document


def test_the_command_writes_both_and_prints_neither_secret_nor_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "base.json").write_text(digest())
    (tmp_path / "head.json").write_text(
        digest(created(HEADER, "orders", {**ORDERS, "shared_secret": "hunter2"}))
    )
    files = [str(tmp_path / name) for name in ("head.json", "base.json", "report.html")]
    assert main(["report", files[0], "--base", files[1], "--html", files[2]]) == 0
    printed = capsys.readouterr().out
    assert "shared&#95;secret isn't marked secret" in printed
    assert "hunter2" not in printed + Path(files[2]).read_text()
    assert SECRET not in printed


CLEAR = "hunter2-in-clear"


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (HEADER, {**ORDERS, "shared_secret": CLEAR}),
        ("aws:ec2/instance:Instance", {"userData": CLEAR, "vpcSecurityGroupIds": ["sg-1"]}),
        ("pulumi:providers:aws", {"secretKey": CLEAR, "pluginDownloadURL": f"https://a:{CLEAR}@b"}),
        ("konnect:index/gatewayPluginRequestTransformer:GatewayPluginRequestTransformer", {"config": CLEAR}),
    ],
)
def test_what_a_program_left_in_clear_is_not_shown_whatever_becomes_of_it(
    kind: str, base: dict[str, Any]
) -> None:
    hidden = {key: UNKNOWN if CLEAR in str(value) else value for key, value in base.items()}
    other = {key: value + "2" if CLEAR in str(value) else value for key, value in base.items()}
    for before, after in itertools.permutations((None, base, hidden, other), 2):
        report = report_of(preview_of(digest(step(kind, "it", before, after))))
        assert CLEAR not in markdown(report) + page(report) + repr(report)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.json", None, "none.json can't be read: No such file or directory"),
        (
            "text.json",
            b"\xff\xfe nonsense",
            "text.json is no preview in JSON: give what `pulumi preview --json`",
        ),
    ],
)
def test_a_file_that_holds_no_preview_is_one_sentence(
    name: str, content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["report", str(tmp_path / name)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert said in captured.err
    assert captured.err.count("\n") == 1
