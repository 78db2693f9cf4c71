"""The provider's methods as plain Python, against the sandbox's Konnect."""

import threading
import time

import httpx
import pytest
from pulumi.output import Unknown

from kong_secure import errors
from kong_secure.resources import base
from kong_secure.resources.process import PROCESS
from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider
from kong_secure.resources.values import plain
from kong_secure.rules.drift import REMARKS

SECRET = "a-fine-secret-of-some-length"
PROVIDER = SharedSecretHeaderProvider()


class Header:
    """A header on a service of its own, driven as an engine would."""

    def __init__(self, world, **changes):
        self.world = world
        plane, service, route = world.declare(url=changes.pop("url", "https://backend.internal"))
        self.plane, self.service, self.route = plane, service, route
        given = {"region": "us", "control_plane": plane, "service": service, "shared_secret": SECRET}
        given |= {"owner": f"org/project/stack/{plane}", **changes}
        self.inputs = checked({key: value for key, value in given.items() if value is not None})
        self.id, self.outs = None, None

    def create(self):
        result = PROVIDER.create(dict(self.inputs))
        self.id, self.outs = result.id, result.outs
        return self

    def path(self):
        return f"/v2/control-planes/{self.outs['control_plane_id']}/core-entities/plugins/{self.id}"

    def live(self):
        return self.world.by_hand("GET", self.path())

    def by_hand(self, **changes):
        body = {key: value for key, value in self.live().items() if value is not None} | changes
        self.world.by_hand(
            "PUT", self.path(), {k: v for k, v in body.items() if k not in ("created_at", "updated_at")}
        )

    def plugins(self):
        scope = "services" if "service_id" in self.outs else "routes"
        scope_id = self.outs.get("service_id") or self.outs.get("route_id")
        plane = self.outs["control_plane_id"]
        return self.world.by_hand(
            "GET", f"/v2/control-planes/{plane}/core-entities/{scope}/{scope_id}/plugins"
        )["data"]


@pytest.fixture
def header(world, environment):
    return lambda **changes: Header(world, **changes)


@pytest.fixture
def told(monkeypatch):
    lines = []
    monkeypatch.setattr(base.LOG, "warn", lines.append)
    monkeypatch.setattr(base.LOG, "progress", lines.append)
    return lines


def checked(news, olds=None):
    result = PROVIDER.check(olds or {}, dict(news))
    assert [failure.reason for failure in result.failures] == []
    return result.inputs


def same(outs, **changes):
    return {key: value for key, value in {**outs, **changes}.items() if value is not None}


# check


def test_check_fills_in_the_defaults():
    inputs = checked(
        {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "o"}
    )
    assert inputs["header_name"] == "Authorization"
    assert (inputs["scheme"], inputs["overwrite"], inputs["enabled"]) == ("Bearer", True, True)
    assert "tags" not in inputs
    assert "route" not in inputs


@pytest.mark.parametrize(
    ("given", "scheme"),
    [
        ({"header_name": "authorization"}, "Bearer"),
        ({"header_name": "X-A"}, ""),
        ({"scheme": ""}, ""),
        ({"scheme": "Token"}, "Token"),
    ],
)
def test_check_chooses_the_scheme_by_the_header_unless_it_is_given(given, scheme):
    news = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "o"}
    assert checked({**news, **given})["scheme"] == scheme


def test_check_keeps_the_owner_of_the_first_time():
    news = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "new"}
    assert checked(news, {"owner": "old"})["owner"] == "old"


def test_check_reports_every_problem_at_once_without_naming_the_property():
    news = {
        "region": "us",
        "control_plane": "c",
        "shared_secret": " :$(\n",
        "header_name": "X_Y",
        "owner": "o",
    }
    (failure,) = PROVIDER.check({}, news).failures
    assert failure.property == ""
    assert "service and route" in failure.reason
    assert "X_Y" in failure.reason
    assert "line break" in failure.reason
    assert ":$(" not in failure.reason


def test_check_lets_unknowns_pass_and_checks_the_rest():
    news = {
        "region": "us",
        "control_plane": Unknown(),
        "service": Unknown(),
        "shared_secret": Unknown(),
        "owner": "o",
    }
    result = PROVIDER.check({}, {**news, "header_name": Unknown(), "tags": ["a", Unknown()]})
    assert result.failures == []
    assert isinstance(result.inputs["scheme"], Unknown)
    assert isinstance(result.inputs["service"], Unknown)
    assert len(result.inputs["tags"]) == 2
    assert len(PROVIDER.check({}, {**news, "header_name": "X_Y"}).failures) == 1


def test_check_and_diff_need_neither_token_nor_network(monkeypatch):
    for name in ("KONNECT_TOKEN", "KONNECT_SPAT", "KONNECT_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(httpx.Client, "stream", None)
    monkeypatch.setattr(httpx, "Client", None)
    PROCESS.reset()
    news = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "o"}
    inputs = checked(news)
    PROVIDER.diff("id", {**inputs, "control_plane_id": "i"}, inputs)
    PROCESS.reset()


# diff

OUTS = {
    "region": "us",
    "control_plane": "c",
    "service": "s",
    "header_name": "Authorization",
    "shared_secret": SECRET,
    "scheme": "Bearer",
    "overwrite": True,
    "enabled": True,
    "owner": "o",
    "plugin_id": "p",
    "control_plane_id": "c-id",
    "service_id": "s-id",
    "__provider": "pickle of one Python",
}
NEWS = {key: value for key, value in OUTS.items() if not key.endswith("_id")}


def diff(olds=None, news=None):
    return PROVIDER.diff("p", {**OUTS, **(olds or {})}, same(NEWS, **(news or {})))


def test_no_difference_is_no_change():
    assert diff().changes is False


def test_another_pickle_of_the_same_provider_is_no_change():
    assert diff(news={"__provider": "pickle of another Python"}).changes is False


@pytest.mark.parametrize(
    "news",
    [
        {"shared_secret": "another-secret-value"},
        {"header_name": "X-A"},
        {"scheme": ""},
        {"overwrite": False},
        {"enabled": False},
        {"tags": ["a"]},
    ],
)
def test_value_header_scheme_overwrite_enabled_and_tags_change_in_place(news):
    result = diff(news=news)
    assert result.changes is None
    assert not result.replaces
    assert not result.delete_before_replace


@pytest.mark.parametrize(
    ("news", "replaced"),
    [
        ({"region": "eu"}, ["region"]),
        ({"control_plane": "d"}, ["control_plane"]),
        ({"service": "t"}, ["service"]),
        ({"service": None, "route": "r"}, ["service", "route"]),
        ({"service": Unknown()}, ["service"]),
        ({"control_plane": Unknown()}, ["control_plane"]),
    ],
)
def test_region_control_plane_service_and_route_replace_delete_first(news, replaced):
    result = diff(news=news)
    assert result.changes is None
    assert result.replaces == replaced
    assert result.delete_before_replace is True


@pytest.mark.parametrize(
    "news", [{"control_plane": "c-id"}, {"service": "s-id"}, {"control_plane": "c-id", "service": "s-id"}]
)
def test_giving_the_id_of_what_the_name_stood_for_changes_in_place(news):
    result = diff(news=news)
    assert result.changes is None
    assert not result.replaces


@pytest.mark.parametrize("name", ["shared_secret", "tags", "header_name"])
def test_an_unknown_value_changes_in_place(name):
    result = diff(news={name: Unknown()})
    assert result.changes is None
    assert not result.replaces


@pytest.mark.parametrize("name", REMARKS)
def test_drift_that_no_input_expresses_is_a_change_in_place(name):
    result = diff(olds={name: ["something"]})
    assert result.changes is None
    assert not result.replaces


# create


def test_a_created_header_is_konnects_documented_plugin(header):
    made = header(tags=["team-a"]).create()
    live = made.live()
    assert live["name"] == "request-transformer"
    assert live["service"] == {"id": made.outs["service_id"]}
    assert live["config"]["add"]["headers"] == [f"Authorization:Bearer {SECRET}"]
    assert live["config"]["remove"]["headers"] == ["Authorization"]
    assert (live["enabled"], live["tags"]) == (True, ["team-a"])
    assert made.outs["plugin_id"] == made.id


def test_a_header_can_sit_on_a_route(header, world):
    made = header()
    made.inputs = checked({**same(made.inputs, service=None), "route": made.route})
    made.create()
    assert made.live()["route"] == {"id": made.outs["route_id"]}
    assert "service_id" not in made.outs


def test_outputs_hold_every_input(header):
    made = header(tags=["a"]).create()
    assert same(made.outs, plugin_id=None, control_plane_id=None, service_id=None) == made.inputs


def test_a_created_header_shows_no_difference_afterwards(header):
    made = header(tags=["b", "a"]).create()
    assert PROVIDER.diff(made.id, made.outs, made.inputs).changes is False


def test_creating_costs_two_calls_and_one_more_per_process(header, world):
    made = header()
    world.forget_calls()
    made.create()
    assert [call["method"] for call in world.calls()] == ["GET", "GET", "PUT"]


def test_a_header_on_a_route_costs_one_call_more_for_its_service(header, world):
    made = header()
    made.inputs = checked({**same(made.inputs, service=None), "route": made.route})
    world.forget_calls()
    made.create()
    assert [call["method"] for call in world.calls()] == ["GET", "GET", "PUT", "GET"]


def test_a_second_header_of_one_control_plane_costs_two_calls(header, world):
    made = header().create()
    plane = made.outs["control_plane_id"]
    path = f"/v2/control-planes/{plane}/core-entities/services"
    world.by_hand("POST", path, {"name": "second", "url": "https://second.internal"})
    world.forget_calls()
    PROVIDER.create({**made.inputs, "service": "second"})
    assert [call["method"] for call in world.calls()] == ["GET", "PUT"]


def test_a_create_killed_after_the_put_and_run_again_leaves_one_plugin(header):
    first = header().create()
    PROCESS.reset()  # the process that was killed noted nothing
    again = PROVIDER.create(dict(first.inputs))
    assert again.id == first.id
    assert [plugin["id"] for plugin in first.plugins()] == [first.id]


@pytest.mark.parametrize("owner", ["org/project/stack/renamed", "org/project/other-stack/name"])
def test_a_second_owner_on_one_service_is_refused_and_changes_nothing(header, owner):
    made = header().create()
    before = made.live()
    with pytest.raises(errors.ScopeTaken) as refusal:
        PROVIDER.create({**made.inputs, "owner": owner, "shared_secret": "their-very-own-secret"})
    assert made.live() == before
    text = str(refusal.value)
    assert made.id in text
    assert "add Authorization, remove Authorization" in text
    assert "aliases" in text
    assert SECRET not in text
    assert "their-very-own-secret" not in text


def test_a_refusal_names_somebody_elses_rules_without_their_values(header, world):
    made = header()
    plane = world.by_hand("GET", f"/v2/control-planes?filter[name][eq]={made.plane}")["data"][0]["id"]
    entities = f"/v2/control-planes/{plane}/core-entities"
    service = world.by_hand("GET", f"{entities}/services/{made.service}")["id"]
    config = {"append": {"headers": ["X-Theirs:their-secret"]}, "rename": {"querystring": ["old:new"]}}
    body = {"name": "request-transformer", "service": {"id": service}, "config": config}
    theirs = world.by_hand("POST", f"{entities}/plugins", body)["id"]
    with pytest.raises(
        errors.ScopeTaken, match=f"{theirs} with append X-Theirs, rename querystring old"
    ) as refusal:
        made.create()
    assert "their-secret" not in str(refusal.value)


def test_another_plugin_on_the_service_is_no_obstacle(header, world):
    made = header()
    plane = world.by_hand("GET", f"/v2/control-planes?filter[name][eq]={made.plane}")["data"][0]["id"]
    entities = f"/v2/control-planes/{plane}/core-entities"
    route = world.by_hand("GET", f"{entities}/routes/{made.route}")["id"]
    body = {"name": "request-transformer", "route": {"id": route}, "config": {}}
    world.by_hand("POST", f"{entities}/plugins", body)
    assert made.create().id


def test_a_name_that_belongs_to_a_renamed_resource_is_refused(header):
    renamed = header().create()
    PROCESS.reset()
    PROVIDER.diff(renamed.id, renamed.outs, renamed.inputs)  # an alias took it over, with its owner
    with pytest.raises(errors.ScopeTaken, match="once had this one's name"):
        PROVIDER.create({**renamed.inputs, "shared_secret": "another-secret-value"})
    assert SECRET in renamed.live()["config"]["add"]["headers"][0]


def test_a_replacement_may_take_the_id_of_what_it_deleted(header):
    made = header().create()
    PROVIDER.diff(made.id, made.outs, same(made.inputs, control_plane=made.outs["control_plane_id"]))
    PROVIDER.delete(made.id, made.outs)
    assert PROVIDER.create(dict(made.inputs)).id == made.id


def test_a_service_that_appears_a_little_later_is_found(header, world):
    made = header()
    plane = world.by_hand("GET", f"/v2/control-planes?filter[name][eq]={made.plane}")["data"][0]["id"]
    body = {"name": "late", "url": "https://late.internal"}
    path = f"/v2/control-planes/{plane}/core-entities/services"
    timer = threading.Timer(0.6, world.by_hand, ["POST", path, body])
    timer.start()
    made.inputs["service"] = "late"
    assert made.create().id
    timer.join()


def test_a_service_made_anew_under_its_name_is_looked_up_again(header, world):
    made = header().create()
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    world.by_hand("POST", f"{entities}/services", {"name": "again", "url": "https://again.internal"})
    inputs = {**made.inputs, "service": "again"}
    first = PROVIDER.create(inputs)
    world.by_hand("DELETE", f"{entities}/services/{first.outs['service_id']}")
    world.by_hand("POST", f"{entities}/services", {"name": "again", "url": "https://again.internal"})
    second = PROVIDER.create({**inputs, "owner": "org/project/stack/second"})
    assert second.outs["service_id"] != first.outs["service_id"]


def test_a_service_over_plain_http_is_a_warning_that_explains_the_sandbox(header, told):
    made = header(url="http://backend.internal").create()
    (line,) = told
    assert made.service in line
    assert "plain HTTP" in line
    assert "in the sandbox this hop stays on this machine" in line


def test_a_route_to_a_service_over_plain_http_is_a_warning_too(header, told):
    made = header(url="http://backend.internal")
    made.inputs = checked({**same(made.inputs, service=None), "route": made.route})
    made.create()
    assert len(told) == 1


def test_a_service_over_https_is_no_warning(header, told):
    header().create()
    assert told == []


# read


def test_reading_an_untouched_header_gives_inputs_and_outputs_back(header, world):
    made = header(tags=["b", "a"]).create()
    world.forget_calls()
    result = PROVIDER.read(made.id, made.outs)
    assert (result.id, result.inputs, result.outs) == (made.id, made.inputs, made.outs)
    assert len(world.calls()) == 1


def test_a_plugin_that_is_gone_reads_as_gone(header, world):
    made = header().create()
    world.by_hand("DELETE", made.path())
    result = PROVIDER.read(made.id, made.outs)
    assert (result.id, result.outs) == ("", {})


def changed_config(live, **kinds):
    config = {key: dict(value) if isinstance(value, dict) else value for key, value in live["config"].items()}
    for kind, entries in kinds.items():
        config[kind]["headers"] = entries
    return config


OURS = f"Authorization:Bearer {SECRET}"


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda _: {"enabled": False}, {"enabled": False}),
        (lambda _: {"tags": ["by-hand"]}, {"tags": ["by-hand"]}),
        (lambda _: {"protocols": ["https"]}, {"protocols": ["https"]}),
        (lambda _: {"condition": "http.path == '/x'"}, {"condition": "set by hand"}),
        (
            lambda live: {"config": changed_config(live, add=["Authorization:Bearer by-hand-value"])},
            {"shared_secret": "by-hand-value"},
        ),
        (
            lambda live: {"config": changed_config(live, add=[f"X-New:Bearer {SECRET}"], remove=["X-New"])},
            {"header_name": "X-New"},
        ),
        (
            lambda live: {"config": changed_config(live, add=[OURS, "X-Theirs:their-secret"])},
            {"foreign_rules": ["add X-Theirs"]},
        ),
        (lambda live: {"config": changed_config(live, add=[])}, {"missing_rules": ["add Authorization"]}),
        (lambda live: {"config": changed_config(live, remove=[])}, {"overwrite": False}),
    ],
)
def test_a_change_by_hand_shows_after_refresh_and_up_heals_it(header, change, shown):
    made = header(tags=["a"]).create()
    program, written = dict(made.inputs), made.live()
    made.by_hand(**change(written))
    result = PROVIDER.read(made.id, made.outs)
    assert {key: value for key, value in result.inputs.items() if program.get(key) != value} == shown
    assert program.keys() - result.inputs.keys() == set()
    assert "their-secret" not in repr((result.inputs, result.outs))
    difference = PROVIDER.diff(made.id, result.outs, checked(program, result.inputs))
    assert (difference.changes, difference.replaces) == (None, [])
    healed = PROVIDER.update(made.id, result.outs, program)
    assert healed.outs == made.outs
    after = made.live()
    assert {key: after.get(key) for key in written if key != "updated_at"} == {
        key: written[key] for key in written if key != "updated_at"
    }
    assert PROVIDER.diff(made.id, healed.outs, program).changes is False


def test_a_plugin_moved_by_hand_shows_and_is_moved_back(header, world):
    made = header().create()
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    other = world.by_hand("POST", f"{entities}/services", {"name": "other", "url": "https://o.internal"})[
        "id"
    ]
    made.by_hand(service={"id": other})
    result = PROVIDER.read(made.id, made.outs)
    assert result.inputs["moved_to"] == f"service {other}"
    assert PROVIDER.diff(made.id, result.outs, made.inputs).replaces == []
    PROVIDER.update(made.id, result.outs, made.inputs)
    assert made.live()["service"] == {"id": made.outs["service_id"]}


def test_another_kind_of_plugin_under_the_id_is_an_error_and_is_never_deleted(header, world, told):
    made = header().create()
    world.by_hand("DELETE", made.path())
    body = {"name": "key-auth", "service": {"id": made.outs["service_id"]}, "config": {}}
    world.by_hand("PUT", made.path(), body)
    with pytest.raises(errors.Conflict, match="is a key-auth now"):
        PROVIDER.read(made.id, made.outs)
    PROVIDER.delete(made.id, made.outs)
    assert made.live()["name"] == "key-auth"
    assert len(told) == 1


def test_reading_by_id_alone_is_refused_with_what_to_do_instead(environment):
    inputs = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET}
    with pytest.raises(errors.KongSecureError, match="declare it"):
        PROVIDER.read("some-id", inputs)


# update


def test_an_update_replaces_the_whole_plugin_in_place_and_returns_every_output(header, world):
    made = header(tags=["a"]).create()
    changes = {
        "header_name": "X-Key",
        "shared_secret": "another-secret-value",
        "overwrite": False,
        "enabled": False,
    }
    news = checked({**same(made.inputs, tags=None, scheme=None), **changes}, made.inputs)
    world.forget_calls()
    outs = PROVIDER.update(made.id, made.outs, news).outs
    assert len(world.calls()) == 1
    live = made.live()
    assert live["config"]["add"]["headers"] == ["X-Key:another-secret-value"]
    assert live["config"]["remove"]["headers"] == []
    assert (live["enabled"], live["tags"] or []) == (False, [])
    assert outs == {
        **news,
        **{key: made.outs[key] for key in ("plugin_id", "control_plane_id", "service_id")},
    }


def test_update_read_and_delete_go_by_the_state_not_by_names(header, world):
    made = header().create()
    news = {**made.inputs, "control_plane": made.outs["control_plane_id"], "service": made.outs["service_id"]}
    world.forget_calls()
    PROVIDER.update(made.id, made.outs, news)
    PROVIDER.read(made.id, made.outs)
    PROVIDER.delete(made.id, made.outs)
    assert {call["path"].rsplit("/", 1)[1] for call in world.calls()} == {made.id}


def test_an_update_of_a_header_whose_service_is_gone_says_so(header, world):
    made = header().create()
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    world.by_hand("DELETE", f"{entities}/services/{made.outs['service_id']}")
    started = time.monotonic()
    with pytest.raises(errors.ForeignKeyRefused, match="is gone from Konnect; `pulumi refresh`"):
        PROVIDER.update(made.id, made.outs, made.inputs)
    assert time.monotonic() - started < 5


def test_an_update_of_a_header_whose_control_plane_is_gone_says_so(header, world):
    made = header().create()
    world.by_hand("DELETE", f"/v2/control-planes/{made.outs['control_plane_id']}")
    with pytest.raises(errors.NotFound, match=r"^control plane .* is gone from Konnect; `pulumi refresh`"):
        PROVIDER.update(made.id, made.outs, made.inputs)
    assert PROVIDER.read(made.id, made.outs).id == ""
    PROVIDER.delete(made.id, made.outs)


# delete


def test_deleting_removes_the_plugin_and_deleting_again_succeeds(header):
    made = header().create()
    PROVIDER.delete(made.id, made.outs)
    PROVIDER.delete(made.id, made.outs)
    assert made.plugins() == []


def test_deleting_leaves_somebody_elses_plugin_on_the_service(header, world):
    made = header().create()
    world.by_hand("DELETE", made.path())
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    body = {"name": "request-transformer", "service": {"id": made.outs["service_id"]}, "config": {}}
    theirs = world.by_hand("POST", f"{entities}/plugins", body)["id"]
    PROVIDER.delete(made.id, made.outs)
    assert [plugin["id"] for plugin in made.plugins()] == [theirs]


# failures


@pytest.mark.parametrize("method", ["read", "delete", "update", "create"])
@pytest.mark.parametrize("source", ["KONNECT_TOKEN", "konnect:token"])
def test_a_refused_token_says_that_the_states_may_be_old_and_how_to_give_a_new_one(
    header, monkeypatch, method, source
):
    made = header().create()
    PROCESS.reset()
    if source == "KONNECT_TOKEN":
        monkeypatch.setenv("KONNECT_TOKEN", "kpat_rotated-away")
    else:
        monkeypatch.delenv("KONNECT_TOKEN")
        PROCESS.configure({"konnect:token": "kpat_rotated-away"})
    calls = {
        "create": lambda: PROVIDER.create(dict(made.inputs)),
        "read": lambda: PROVIDER.read(made.id, made.outs),
        "update": lambda: PROVIDER.update(made.id, made.outs, made.inputs),
        "delete": lambda: PROVIDER.delete(made.id, made.outs),
    }
    with pytest.raises(errors.Unauthorized) as refusal:
        calls[method]()
    text = str(refusal.value)
    assert f"the token from {source}" in text.splitlines()[0]
    assert "state" in text
    assert "may be old" in text
    assert "export KONNECT_TOKEN" in text
    assert "pulumi config set --secret konnect:token" in text
    assert "rotated-away" not in text


def test_a_missing_token_is_told_when_it_is_needed(header, monkeypatch):
    made = header()
    monkeypatch.delenv("KONNECT_TOKEN")
    with pytest.raises(errors.SettingsError, match="KONNECT_TOKEN"):
        made.create()


def test_a_fault_of_our_own_shows_neither_values_nor_their_exception(header, monkeypatch):
    made = header()

    def fail(*_args, **_kwargs):
        raise ValueError(f"bad value {SECRET}")

    monkeypatch.setattr("kong_secure.resources.header_crud.create", fail)
    with pytest.raises(errors.UnexpectedError, match=r"ValueError.*test_provider.py:\d+") as failure:
        made.create()
    assert SECRET not in str(failure.value)
    assert failure.value.__context__ is None
    assert failure.value.__cause__ is None


def test_what_konnect_echoes_of_a_refused_entry_is_masked(header):
    made = header()
    made.inputs["header_name"] = "not a header"  # passes nothing but this test: check refuses it
    with pytest.raises(errors.Invalid) as refusal:
        made.create()
    assert SECRET not in str(refusal.value)


def test_numbers_that_arrive_as_floats_are_sent_as_ints():
    assert repr(plain({"a": 3.0, "b": [2.0, 2.5], "c": True})) == repr({"a": 3, "b": [2, 2.5], "c": True})
