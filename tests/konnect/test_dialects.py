"""Konnect's error bodies, as kong-operator's tests and the specification show them."""

import pytest

from kong_secure import errors
from kong_secure.konnect.dialects import read_refusal


def core(
    code: int, message: str, *messages: str, kind: str = "ERROR_TYPE_REFERENCE", field: str | None = None
) -> dict[str, object]:
    detail = {"type": kind, "messages": list(messages)} | ({"field": field} if field else {})
    return {"code": code, "message": message, "details": [detail]}


def problem(status: int, title: str, detail: str, **more: object) -> dict[str, object]:
    return {"status": status, "title": title, "detail": detail, "instance": "konnect:trace:123", **more}


UNIQUE = "name (type: unique) constraint failed"
FOREIGN = "service.id (type: foreign) constraint failed"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, core(3, "data constraint error", UNIQUE), errors.Conflict),
        (400, {"code": 3, "message": UNIQUE}, errors.Conflict),
        (400, {"code": 6, "message": "already exists"}, errors.Conflict),
        (409, {"message": "conflict"}, errors.Conflict),
        (400, core(3, "data constraint error", FOREIGN), errors.ForeignKeyRefused),
        (400, core(3, "validation error", "length must be <= 128"), errors.Invalid),
        (400, problem(400, "Invalid Request", "Invalid Parameters"), errors.Invalid),
        (401, {"message": "Unauthorized", "status": 401}, errors.Unauthorized),
        (403, {"code": 7, "message": "usage constraint error"}, errors.Denied),
        (403, problem(403, "Forbidden", "no"), errors.Denied),
        (403, problem(403, "Quota Exceeded", "Maximum number"), errors.QuotaExceeded),
        (404, None, errors.NotFound),
        (404, {"code": 5, "message": "not found"}, errors.NotFound),
        (408, None, errors.TimedOut),
        (422, None, errors.Invalid),
        (429, {"message": "API rate limit exceeded"}, errors.RateLimited),
        (500, None, errors.Unavailable),
        (503, problem(503, "Service Unavailable", "later"), errors.Unavailable),
        (599, [], errors.Unavailable),
    ],
)
def test_each_answer_becomes_one_kind_of_error(
    status: int, body: object, kind: type[errors.KonnectError]
) -> None:
    assert read_refusal(status, body).kind is kind


NO_ROLE = (
    "LinkedAuthorizationFailed: The client has permission to perform action 'peer/action' on scope 'kong', however "
    "it does not have permission on the linked scope(s) 'orders'"
)
NO_ASSIGNMENT = (
    "The client 'c' with object id 'o' does not have authorization to perform action "
    "'Microsoft.Network/virtualNetworks/read' over scope '/subscriptions/s'"
)
NO_CONSENT = "AADSTS65001: The user or administrator has not consented to use the application"


@pytest.mark.parametrize("words", [NO_ROLE, NO_ASSIGNMENT, NO_CONSENT], ids=["role", "assignment", "consent"])
@pytest.mark.parametrize("status", [400, 403, 409])
def test_azures_own_refusal_is_told_apart_from_konnects_wherever_it_stands(status: int, words: str) -> None:
    reason = [{"field": "transit_gateway_attachment_config", "reason": words}]
    for body in (
        problem(status, "Forbidden", words),
        problem(status, "Invalid Request", "Invalid Parameters", invalid_parameters=reason),
    ):
        refusal = read_refusal(status, body)
        assert refusal.kind is errors.GrantMissing
        assert refusal.sentence().startswith("Konnect isn't allowed to do this in your cloud yet: ")
        assert words in refusal.sentence()


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (401, NO_CONSENT, errors.Unauthorized),
        (404, NO_ROLE, errors.NotFound),
        (429, NO_ROLE, errors.RateLimited),
        (500, NO_ROLE, errors.Unavailable),
        (503, NO_CONSENT, errors.Unavailable),
        (403, "You do not have permission to perform this action.", errors.Denied),
        (403, "Authorization failed", errors.Denied),
        (400, "tenant_id: must be a UUID", errors.Invalid),
        (409, "a role of that name exists", errors.Conflict),
    ],
)
def test_nothing_else_is_a_grant_that_is_missing(
    status: int, words: str, kind: type[errors.KonnectError]
) -> None:
    assert read_refusal(status, problem(status, "Forbidden", words)).kind is kind


def test_a_field_error_names_its_field() -> None:
    body = core(
        3, "validation error", "length must be <= 128, but got 138", kind="ERROR_TYPE_FIELD", field="tags[0]"
    )
    assert read_refusal(400, body).sentence() == (
        "Konnect refused the request: validation error; tags[0]: length must be <= 128, but got 138"
    )


def test_invalid_parameters_are_named_with_their_reasons() -> None:
    body = problem(
        400,
        "Invalid Request",
        "Invalid Parameters",
        invalid_parameters=[{"field": "name", "reason": "too long"}],
    )
    assert "name: too long" in read_refusal(400, body).words


@pytest.mark.parametrize("instance", ["konnect:trace:123", "kong:trace:123"])
def test_the_trace_id_comes_from_the_instance(instance: str) -> None:
    assert read_refusal(500, {"instance": instance}).trace_id == "123"


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        7,
        {"details": 5},
        {"details": [5, {"messages": "x"}]},
        {"message": 5, "invalid_parameters": [None]},
        {"instance": 3},
    ],
)
def test_a_body_of_any_shape_is_read_without_failing(body: object) -> None:
    refusal = read_refusal(400, body)
    assert refusal.kind is errors.Invalid
    assert refusal.trace_id is None


def test_a_refusal_does_not_show_words_that_may_hold_a_secret() -> None:
    assert "their-secret" not in repr(read_refusal(400, {"message": "invalid value: their-secret"}))


def test_a_very_long_message_is_cut() -> None:
    assert len(read_refusal(500, {"message": "x" * 100_000}).sentence()) < 2000


def test_every_class_of_the_tree_is_drawn_in_its_module() -> None:
    drawn = errors.__doc__
    classes = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert len(classes) > 10
    assert [
        cls.__name__
        for cls in classes
        if f" {cls.__name__} " not in drawn + " " and cls.__name__ not in drawn
    ] == []


def test_an_error_puts_its_details_behind_the_first_sentence() -> None:
    error = errors.NotFound("it is gone\nsecond line", method="GET", path="/v2/x", status=404, trace_id="t1")
    assert str(error) == "it is gone (GET /v2/x, status 404, trace t1)\nsecond line"


def test_rephrasing_keeps_class_and_details() -> None:
    error = errors.Unauthorized("old", method="GET", path="/v2/x", status=401, trace_id="t1").rephrased("new")
    assert type(error) is errors.Unauthorized
    assert str(error) == "new (GET /v2/x, status 401, trace t1)"
