"""What the resource's constructor asks for and refuses, with Pulumi's mocks: they prove what is registered,
no more.
"""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pytest
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime import rpc

from kong_secure.resources.base import InvalidArguments
from kong_secure.resources.program import owner_of
from tests.resources.mocked_header import SECRET, make
from tests.resources.mocked_program import Engine, run

pytestmark = pytest.mark.usefixtures("program_host")


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_args, **_kwargs: lines.append(message))
    return lines


def secret_value(value: Any) -> object:
    """What is in a secret as it goes over the wire; fails for what isn't one."""
    assert value[rpc._special_sig_key] == rpc._special_secret_sig
    return value["value"]


def refusal_of(program: Callable[[], object], **options: Any) -> str:
    with pytest.raises(InvalidArguments) as refusal:
        run(program, **options)
    return str(refusal.value)


def test_the_type_token_and_the_inputs_are_the_state_format() -> None:
    made = partial(make, header_name="X-Key", scheme="Token", overwrite=False, enabled=False, tags=["a"])
    args = run(made)["orders"]
    assert args.typ == "pulumi-python:dynamic/kong-secure:SharedSecretHeader"
    assert {key for key, value in args.inputs.items() if value is not None} == {
        "__provider",
        "control_plane",
        "enabled",
        "header_name",
        "overwrite",
        "owner",
        "region",
        "scheme",
        "service",
        "shared_secret",
        "tags",
    }


def test_a_default_is_left_to_the_provider_whether_it_was_written_out_or_not() -> None:
    written_out: dict[str, Any] = {"header_name": "Authorization", "overwrite": True, "enabled": True}
    for registered in (run(make), run(partial(make, **written_out))):
        assert not written_out.keys() & registered["orders"].inputs.keys()


def test_a_plain_secret_is_registered_as_a_secret_and_the_rest_stays_plain() -> None:
    inputs = run(lambda: make(header_name="X-Key"))["orders"].inputs
    assert secret_value(inputs["shared_secret"]) == SECRET
    assert (inputs["control_plane"], inputs["service"], inputs["header_name"]) == ("demo", "orders", "X-Key")


def test_a_later_known_secret_is_registered_as_a_secret_whether_or_not_it_was_one() -> None:
    run_plain = run(lambda: make(shared_secret=pulumi.Output.from_input(SECRET)))
    run_secret = run(lambda: make(shared_secret=pulumi.Output.secret(SECRET)))
    for registered in (run_plain, run_secret):
        assert secret_value(registered["orders"].inputs["shared_secret"]) == SECRET


def test_a_value_taken_out_of_a_nested_output_is_registered_as_a_secret() -> None:
    def program() -> None:
        stack_outputs = pulumi.Output.from_input({"backend": {"secret": pulumi.Output.secret(SECRET)}})
        make(shared_secret=stack_outputs["backend"]["secret"])

    assert secret_value(run(program)["orders"].inputs["shared_secret"]) == SECRET


def test_an_awaitable_is_an_input_like_any_other() -> None:
    async def later() -> str:
        return SECRET

    inputs = run(lambda: make(shared_secret=later()))["orders"].inputs
    assert secret_value(inputs["shared_secret"]) == SECRET


@pytest.mark.parametrize("preview", [True, False])
def test_plain_problems_are_refused_at_once_in_one_message_that_names_each(preview: bool) -> None:
    text = refusal_of(
        lambda: make(route="r", header_name="X_Key", shared_secret="$(secret-x)", tags=["a,b"]),
        preview=preview,
    )
    assert text.splitlines()[0] == "SharedSecretHeader 'orders': 4 problems with its inputs"
    for part in ("service and route", "X_Key", "'$('", "a,b"):
        assert part in text
    assert "secret-x" not in text


def test_later_problems_are_refused_in_one_message_that_names_each() -> None:
    def program() -> None:
        make(
            header_name=pulumi.Output.from_input("X_Key"), shared_secret=pulumi.Output.secret(":bad-secret\n")
        )

    text = refusal_of(program)
    assert text.splitlines()[0] == "SharedSecretHeader 'orders': 3 problems with its inputs"
    assert "bad-secret" not in text


def test_a_refused_argument_is_a_run_error_whose_message_pulumi_prints_alone() -> None:
    assert issubclass(InvalidArguments, pulumi.RunError)


def test_a_bad_later_value_keeps_the_resource_from_being_registered() -> None:
    engine = Engine()

    def program() -> None:
        make("bad", shared_secret=pulumi.Output.secret(" "))

    with pytest.raises(InvalidArguments):
        run(program, engine=engine)
    assert engine.registered == []


@pytest.mark.parametrize("name", ["header_name", "scheme", "overwrite", "enabled", "tags"])
def test_every_later_value_of_the_header_is_checked(name: str) -> None:
    wrong = {"header_name": "Host", "scheme": "two words", "overwrite": "yes", "enabled": 1, "tags": ["a/b"]}[
        name
    ]

    def program() -> None:
        later: dict[str, Any] = {name: pulumi.Output.from_input(wrong)}
        make(**later)

    assert name.rstrip("s") in refusal_of(program)


@pytest.mark.parametrize("name", ["control_plane", "service", "route"])
@pytest.mark.parametrize("wrong", ["", "  ", 5, None])
def test_names_known_later_are_refused_together_with_everything_else(name: str, wrong: object) -> None:
    engine = Engine()

    def program() -> None:
        later: dict[str, Any] = {"service": None if name == "route" else "orders"}
        later |= {name: pulumi.Output.from_input(wrong), "header_name": pulumi.Output.from_input("X_Key")}
        make(**later)

    text = refusal_of(program, engine=engine)
    assert text.splitlines()[0] == "SharedSecretHeader 'orders': 2 problems with its inputs"
    assert name in text
    assert "X_Key" in text
    assert engine.registered == []


def test_a_later_value_that_turns_out_to_be_none_counts_as_left_out() -> None:
    inputs = run(lambda: make(scheme=pulumi.Output.from_input(None), tags=pulumi.Output.from_input(None)))
    assert not {"scheme", "tags"} & inputs["orders"].inputs.keys()


def test_an_item_of_the_tags_may_be_known_later() -> None:
    inputs = run(lambda: make(tags=["a", pulumi.Output.from_input("b")]))["orders"].inputs
    assert inputs["tags"] == ["a", "b"]
    assert "tag" in refusal_of(lambda: make(tags=["a", pulumi.Output.from_input("b,c")]))


def test_a_later_known_service_leaves_the_rest_as_it_is() -> None:
    inputs = run(lambda: make(service=pulumi.Output.from_input("orders")))["orders"].inputs
    assert inputs["service"] == "orders"
    assert secret_value(inputs["shared_secret"]) == SECRET


def unknown(value: object = None) -> pulumi.Output[Any]:
    """What a preview can't know yet. The SDK holds UNKNOWN in it, and None once something was applied to it."""

    async def known(value: Any) -> Any:
        return value

    return pulumi.Output(known(set()), known(value), known(False))


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("awaited", [True, False])
def test_an_unknown_name_does_not_make_the_secret_unknown(preview: bool, awaited: bool) -> None:
    def program() -> None:
        make(
            service=unknown(),
            control_plane=unknown(),
            shared_secret=pulumi.Output.secret(SECRET) if awaited else SECRET,
        )

    inputs = run(program, preview=preview)["orders"].inputs
    assert secret_value(inputs["shared_secret"]) == SECRET


@pytest.mark.parametrize("value", [None, UNKNOWN])
def test_an_unknown_secret_stays_unknown(value: object) -> None:
    inputs = run(lambda: make(shared_secret=unknown(value)), preview=True)["orders"].inputs
    assert isinstance(secret_value(inputs["shared_secret"]), Unknown)


def test_what_is_known_is_checked_while_a_preview_waits_for_the_rest() -> None:
    def program() -> None:
        make(shared_secret=unknown(UNKNOWN), route=None, service=pulumi.Output.from_input(" "))

    assert "service" in refusal_of(program, preview=True)


def test_a_short_secret_is_a_warning_that_does_not_show_it(warned: list[str]) -> None:
    run(lambda: make(shared_secret="fifteen-letters"))
    run(lambda: make("later", shared_secret=pulumi.Output.secret("fifteen-letters")))
    assert len(warned) == 2
    assert all("16 characters" in line and "fifteen-letters" not in line for line in warned)


def test_a_long_enough_secret_is_no_warning(warned: list[str]) -> None:
    run(lambda: make(shared_secret="sixteen-letters!"))
    assert warned == []


def test_the_region_is_settled_in_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def region(config: dict[str, str] | None = None, **changes: Any) -> object:
        return run(lambda: make(**changes), config=config)["orders"].inputs["region"]

    assert region() == "us"
    monkeypatch.setenv("KONNECT_REGION", "au")
    assert region() == "au"
    assert region({"konnect:region": "eu"}) == "eu"
    assert region({"konnect:region": "eu"}, region="in") == "in"


def test_an_unknown_region_is_refused_with_a_list() -> None:
    assert "us, eu, au, me, in, sg" in refusal_of(lambda: make(region="mars"))


def test_a_region_known_only_later_is_refused() -> None:
    assert "plain" in refusal_of(lambda: make(region=pulumi.Output.from_input("us")))


def test_what_is_wrong_with_the_region_stands_in_one_message_with_all_else() -> None:
    message = refusal_of(lambda: make(region="mars", header_name="X_Key", service=" "))
    assert message.startswith("SharedSecretHeader 'orders': 3 problems with its inputs")
    assert all(word in message for word in ("'mars'", "'X_Key'", "service"))


def test_the_owner_is_organization_project_stack_and_name() -> None:
    assert run(make)["orders"].inputs["owner"] == "org/project/stack/orders"


class Parent(pulumi.ComponentResource):
    """A component with a header of one name in it."""

    def __init__(self, kind: str, name: str, owners: list[str]) -> None:
        super().__init__(f"test:index:{kind}", name)
        made = make("header", opts=pulumi.ResourceOptions(parent=self))
        cast(Any, made).owner.apply(owners.append)


def test_one_name_below_two_types_of_parents_has_two_owners() -> None:
    owners: list[str] = []
    run(lambda: [Parent("Api", "one", owners), Parent("Portal", "one", owners)])
    # Unlike engines, mocks have the stack among the parents.
    assert sorted(owners) == [
        "org/stack::project::pulumi:pulumi:Stack$test:index:Api::header",
        "org/stack::project::pulumi:pulumi:Stack$test:index:Portal::header",
    ]


@pytest.mark.parametrize(
    ("parent", "owner"),
    [
        ("stack::project::a:b:C$d:e:F::same", "org/stack::project::a:b:C$d:e:F::header"),
        ("stack::project::a:b:G$d:e:F::same", "org/stack::project::a:b:G$d:e:F::header"),
        ("stack::project::pulumi:pulumi:Stack::project-stack", "org/project/stack/header"),
    ],
)
def test_every_parent_up_to_the_stack_is_in_the_owner(parent: str, owner: str) -> None:
    owners: list[str] = []

    def program() -> None:
        above: Any = SimpleNamespace(
            parent=SimpleNamespace(urn=pulumi.Output.from_input(f"urn:pulumi:{parent}"))
        )
        pulumi.Output.from_input(owner_of("header", above)).apply(owners.append)

    run(program)
    assert owners == [owner]


def test_options_of_the_caller_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    original = pulumi.dynamic.Resource.__init__

    def spy(
        self: Any, provider: Any, name: str, props: Any, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        seen.append(opts)
        original(self, provider, name, props, opts)

    monkeypatch.setattr(pulumi.dynamic.Resource, "__init__", spy)
    run(lambda: make(opts=pulumi.ResourceOptions(protect=True, additional_secret_outputs=["owner"])))
    assert seen[0].protect is True
    assert seen[0].delete_before_replace is True
    assert sorted(seen[0].additional_secret_outputs) == ["owner", "shared_secret"]
