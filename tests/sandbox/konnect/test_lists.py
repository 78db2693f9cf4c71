"""Lists as the specification documents them: both styles of pages, their bounds, filters, order."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.conftest import transformer
from tests.sandbox.konnect.test_control_planes import made, problem
from tests.world import Plane

TAGGED = {"tags": ["page"]}

Parents = dict[str, str]
Made = Callable[[Plane, Parents, int], str]


def _service(plane: Plane, parents: Parents, number: int) -> str:
    body = {"name": f"listed-{number}", "host": "h", **TAGGED}
    return str(plane.entities.post("/services", json=body).json()["id"])


def _route(plane: Plane, parents: Parents, number: int) -> str:
    body = {
        "name": f"listed-{number}",
        "paths": [f"/{number}"],
        "service": {"id": parents["service"]},
        **TAGGED,
    }
    return str(plane.entities.post("/routes", json=body).json()["id"])


def _plugin(scope: str) -> Made:
    names = ("cors", "key-auth", "rate-limiting", "request-transformer", "response-transformer")

    def make(plane: Plane, parents: Parents, number: int) -> str:
        body = {"name": names[number], scope: {"id": parents[scope]}, **TAGGED}
        return str(plane.entities.post("/plugins", json=body).json()["id"])

    return make


LISTS: dict[str, Made] = {
    "/services": _service,
    "/routes": _route,
    "/plugins": _plugin("service"),
    "/services/{service}/routes": _route,
    "/services/{service}/plugins": _plugin("service"),
    "/routes/{route}/plugins": _plugin("route"),
}


@pytest.fixture
def parents(plane: Plane) -> Parents:
    """A service and a route that the listed entities may belong to; neither has the listed ones' tag."""
    service = plane.entities.post("/services", json={"host": "h"}).json()["id"]
    # The route is no child of the service: lists below the service hold what the test makes.
    route = plane.entities.post("/routes", json={"paths": ["/parent"]}).json()["id"]
    return {"service": service, "route": route}


def _pages(plane: Plane, path: str, **parameters: str) -> Iterator[list[str]]:
    """The ids of each page, following `next` to the end."""
    answer = plane.entities.get(path, params=parameters)
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        yield [item["id"] for item in body["data"]]
        assert ("next" in body) == ("offset" in body)
        if "next" not in body:
            return
        base = str(plane.entities.base_url).partition("/v2/")[0]
        by_offset = plane.entities.get(path, params={**parameters, "offset": body["offset"]})
        answer = plane.entities.get(f"{base}{body['next']}")
        assert answer.content == by_offset.content


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("size", [1, 2, 4, 5])
def test_every_list_of_core_entities_is_paged_by_offset(
    plane: Plane, parents: Parents, path: str, size: int
) -> None:
    made_ids = [LISTS[path](plane, parents, number) for number in range(4)]
    pages = list(_pages(plane, path.format(**parents), size=str(size), tags="page"))
    assert [len(page) for page in pages] == {1: [1] * 4, 2: [2, 2], 4: [4], 5: [4]}[size]
    assert [item for page in pages for item in page] == made_ids


def test_next_keeps_every_filter(plane: Plane) -> None:
    for name in ("ab", "b", "abc", "c", "abcd"):
        body = {"name": name, "host": "h", "tags": ["x & y", "z"]}
        assert plane.entities.post("/services", json=body).status_code == 201
    filters = {"size": "1", "tags": "x & y,z", "filter[name][contains]": "ab"}
    assert [len(page) for page in _pages(plane, "/services", **filters)] == [1, 1, 1]


def test_a_page_stays_in_place_when_what_precedes_it_goes(plane: Plane) -> None:
    ids = [plane.entities.post("/services", json={"host": "h"}).json()["id"] for _ in range(4)]
    first = plane.entities.get("/services", params={"size": 2}).json()
    plane.entities.delete(f"/services/{ids[0]}")
    second = plane.entities.get("/services", params={"size": 2, "offset": first["offset"]}).json()
    assert [item["id"] for item in second["data"]] == ids[2:]


def test_without_a_size_a_page_of_core_entities_holds_a_hundred(plane: Plane) -> None:
    for _ in range(101):
        plane.entities.post("/services", json={"host": "h"})
    assert [len(page) for page in _pages(plane, "/services")] == [100, 1]
    assert [len(page) for page in _pages(plane, "/services", size="1000")] == [101]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *[("size", value) for value in ("0", "-1", "1001", "x", "", "1.0", "+1", " 1", "1e2", "\u0663")],
        *[("offset", value) for value in ("garbage", "é", "e30", "bnVsbA")],
        *[("tags", value) for value in ("a,b/c", "a,", "/a", "a,,b", ",")],
        ("filter[name][neq]", "a"),
        ("page[size]", "1"),
        ("sort", "name"),
    ],
)
def test_a_query_parameter_that_cannot_be_is_a_400(
    plane: Plane, parents: Parents, path: str, parameter: str, value: str
) -> None:
    answer = plane.entities.get(path.format(**parents), params={parameter: value})
    assert (answer.status_code, answer.json()["code"]) == (400, 3)


@pytest.mark.parametrize("path", LISTS)
def test_offset_and_tags_may_be_empty(plane: Plane, parents: Parents, path: str) -> None:
    found = LISTS[path](plane, parents, 0)
    body = plane.entities.get(path.format(**parents), params={"offset": "", "tags": ""}).json()
    assert found in [item["id"] for item in body["data"]]


def test_a_query_parameter_may_not_be_given_twice(plane: Plane) -> None:
    assert plane.entities.get("/plugins?size=1&size=2").status_code == 400


@pytest.mark.parametrize("kind", ["services", "routes"])
def test_lists_are_filtered_by_name_and_tags(plane: Plane, kind: str) -> None:
    least: dict[str, Any] = {"host": "h"} if kind == "services" else {"paths": ["/a"]}
    for name, tags in (("ab", ["x", "y"]), ("abc", ["x"]), ("c", ["z"])):
        plane.entities.post(f"/{kind}", json={"name": name, "tags": tags, **least})
    plane.entities.post(f"/{kind}", json=least)

    def found(**parameters: str) -> list[str]:
        return [item["name"] for item in plane.entities.get(f"/{kind}", params=parameters).json()["data"]]

    assert found(**{"filter[name][eq]": "ab"}) == ["ab"]
    assert found(**{"filter[name][eq]": "AB"}) == []
    assert found(**{"filter[name][eq]": ""}) == []
    assert found(**{"filter[name][contains]": "b"}) == ["ab", "abc"]
    assert found(**{"filter[name][contains]": "b", "filter[name][eq]": "abc"}) == ["abc"]
    assert found(**{"filter[name][contains]": "b"}, tags="y") == ["ab"]
    assert found(tags="x,y") == ["ab"]
    assert found(tags="y/z") == ["ab", "c"]
    assert found(tags="x") == ["ab", "abc"]
    assert len(found(tags="")) == 4


def test_plugins_are_filtered_by_their_kind(plane: Plane, service: dict[str, Any]) -> None:
    plane.entities.post("/plugins", json=transformer())
    plane.entities.post("/plugins", json=transformer(service["id"]))
    plane.entities.post("/plugins", json={"name": "cors"})

    def found(**parameters: str) -> list[str]:
        return [item["name"] for item in plane.entities.get("/plugins", params=parameters).json()["data"]]

    assert found(**{"filter[name][eq]": "request-transformer"}) == ["request-transformer"] * 2
    assert found(**{"filter[name][contains]": "or"}) == ["request-transformer"] * 2 + ["cors"]


# --- control planes ---


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_pages_of_control_planes_are_numbered_and_tell_the_total(konnect: httpx.Client, size: int) -> None:
    label = f"l{uuid.uuid4().hex}"
    names = [made(konnect, labels={label: "yes"})["name"] for _ in range(5)]
    seen: list[str] = []
    number = 0
    while len(seen) < 5:
        number += 1
        parameters = {"page[size]": str(size), "page[number]": str(number), "labels": label}
        body = konnect.get("/control-planes", params=parameters).json()
        assert body["meta"] == {"page": {"number": number, "size": size, "total": 5}}
        assert len(body["data"]) == min(size, 5 - len(seen))
        seen += [plane["name"] for plane in body["data"]]
    assert seen == names
    beyond = {"page[size]": str(size), "page[number]": str(number + 1), "labels": label}
    assert konnect.get("/control-planes", params=beyond).json()["data"] == []


def test_pages_of_control_planes_follow_the_order_asked_for(konnect: httpx.Client) -> None:
    label = f"l{uuid.uuid4().hex}"
    ids = [made(konnect, labels={label: "yes"})["id"] for _ in range(3)]
    query = {"labels": label, "sort": "created_at desc", "page[size]": "2"}
    pages = [
        konnect.get("/control-planes", params={**query, "page[number]": str(number)}).json()["data"]
        for number in (1, 2)
    ]
    times = [plane["created_at"] for page in pages for plane in page]
    assert {plane["id"] for page in pages for plane in page} == set(ids)
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("parameter", ["page[size]", "page[number]"])
def test_a_page_of_control_planes_may_be_left_empty(konnect: httpx.Client, parameter: str) -> None:
    for _ in range(11):
        made(konnect)
    body = konnect.get("/control-planes", params={parameter: ""}).json()
    assert len(body["data"]) == 10
    assert body["meta"]["page"] == {"number": 1, "size": 10, "total": body["meta"]["page"]["total"]}


@pytest.mark.parametrize("parameter", ["page[size]", "page[number]"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "+1", "2147483648", "9" * 40])
def test_a_page_of_control_planes_that_cannot_be_is_a_400(
    konnect: httpx.Client, parameter: str, value: str
) -> None:
    body = problem(konnect.get("/control-planes", params={parameter: value}), 400, "Bad Request")
    assert [item["field"] for item in body["invalid_parameters"]] == [parameter]
    assert body["invalid_parameters"][0]["source"] == "query"


def test_a_filter_of_control_planes_may_not_be_given_twice(konnect: httpx.Client) -> None:
    query = "filter[name][eq]=a&filter[name][eq]=b"
    problem(konnect.get(f"/control-planes?{query}"), 400, "Bad Request")


def test_two_operators_on_one_field_must_both_hold(konnect: httpx.Client) -> None:
    tag = uuid.uuid4().hex
    one, two = made(konnect, name=f"{tag}-one"), made(konnect, name=f"{tag}-two")
    query = {"filter[name][contains]": tag, "filter[name][neq]": two["name"]}
    assert [plane["id"] for plane in konnect.get("/control-planes", params=query).json()["data"]] == [
        one["id"]
    ]
