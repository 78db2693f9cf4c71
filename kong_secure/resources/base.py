"""The rules that all dynamic resources of this package share: clean failures, unknowns, merging, differences.

Providers are module-level classes without state, so that they are pickled by reference: an attribute set in
`__init__` or `configure` would end up in users' states.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from kong_secure.errors import KongSecureError, Unauthorized, UnexpectedError
from kong_secure.resources.engine_log import EngineLog
from kong_secure.resources.plugin_process import answer_with_sentences
from kong_secure.resources.process import PROCESS, READ_KEYS
from kong_secure.resources.values import differs, plain_properties
from kong_secure.rules.findings import Finding, described

Properties = dict[str, Any]
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

LOG = EngineLog()


class InvalidArguments(KongSecureError, pulumi.RunError):  # noqa: N818 - named like the tree in errors.py
    """Arguments of a resource that can't be used; Pulumi prints its sentence first, without a traceback of
    the program.
    """


def in_sentences(
    method: Callable[Concatenate[Any, Parameters], Result],
) -> Callable[Concatenate[Any, Parameters], Result]:
    """A provider method whose every failure is a KongSecureError, with no other exception behind it."""

    @functools.wraps(method)
    def guarded(provider: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        failure: KongSecureError
        try:
            return method(provider, *args, **kwargs)
        except Unauthorized as error:
            failure = _with_advice(error)
        except KongSecureError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - its text may show values, so only the place is told
            failure = UnexpectedError(_place_of(error))
        raise failure

    return guarded


class Provider(ResourceProvider):
    """What every provider of this package does the same way; subclasses say what is theirs.

    inputs: every input key.
    replaced_by: inputs whose change replaces the resource, the old one being deleted first; the output
    `<input>_id`, where there is one, holds the id that the input stands for.
    remarks: names under which `read` shows drift that no input of a program can express.
    """

    serialize_as_secret_always = False

    inputs: ClassVar[tuple[str, ...]] = ()
    replaced_by: ClassVar[tuple[str, ...]] = ()
    remarks: ClassVar[tuple[str, ...]] = ()

    def lost(self, outputs: Properties) -> list[str]:
        """The outputs whose recorded values say that only another object will do; none unless overridden."""
        return []

    def unfinished(self, outputs: Properties) -> bool:
        """Whether recorded outputs say that there is something left to do; no unless overridden."""
        return False

    def warn_of(self, replaced: list[str], inputs: Properties) -> None:
        """Says what a replacement because of these inputs costs; nothing unless overridden."""

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs as they are stored, defaults filled in, and what is wrong with them; both may hold
        unknowns.
        """
        raise NotImplementedError

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Makes the object: its id, and the outputs besides the inputs."""
        raise NotImplementedError

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """The inputs and further outputs that describe the object as it is; None when it is gone."""
        raise NotImplementedError

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """Changes the object, and returns the outputs besides the inputs."""
        raise NotImplementedError

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Deletes the object; one that is gone is no error."""
        raise NotImplementedError

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the configuration for the first call that needs Konnect. Previews need none of it."""
        answer_with_sentences()
        PROCESS.configure({key: value for key in READ_KEYS if (value := req.config.get(key)) is not None})

    @in_sentences
    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Fills in defaults and refuses what can't be used; the property is never named, as its value would
        be printed.
        """
        inputs, findings = self.normalise(plain_properties(olds), plain_properties(news))
        problems = list(findings)
        return CheckResult(inputs, [CheckFailure("", described(problems))] if problems else [])

    @in_sentences
    def diff(self, object_id: str, olds: Properties, news: Properties) -> DiffResult:
        """What a change would do. `changes=None` lets the engine show the difference property by property."""
        PROCESS.hold(object_id)
        old, new = plain_properties(olds), plain_properties(news)
        compared = (*self.inputs, *self.remarks)
        changed = {key for key in compared if differs(old.get(key), new.get(key))}
        replaced = [
            key for key in self.replaced_by if key in changed and not self._same_object(key, old, new)
        ]
        self.warn_of(replaced, new)
        replaced += self.lost(old)
        if not changed:
            # Python versions pickle the same reference to the provider differently; that is no change.
            due = bool(replaced) or self.unfinished(old)
            return DiffResult(changes=due, replaces=replaced, delete_before_replace=bool(replaced))
        return DiffResult(changes=None, replaces=replaced, delete_before_replace=bool(replaced))

    @in_sentences
    def create(self, props: Properties) -> CreateResult:
        """Makes the object and returns every output."""
        inputs = plain_properties(props)
        object_id, outputs = self.create_object(inputs)
        PROCESS.hold(object_id)
        return CreateResult(object_id, {**inputs, **outputs})

    @in_sentences
    def read(self, object_id: str, props: Properties) -> ReadResult:
        """The object as it is, as outputs and as inputs, so that the next preview shows what changed."""
        found = self.read_object(object_id, plain_properties(props))
        if found is None:
            return ReadResult("", {})
        inputs, outputs = found
        return ReadResult(object_id, {**inputs, **outputs}, inputs)

    @in_sentences
    def update(self, object_id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Changes the object and returns every output: those left out would be lost."""
        inputs = plain_properties(news)
        return UpdateResult({**inputs, **self.update_object(object_id, plain_properties(olds), inputs)})

    @in_sentences
    def delete(self, object_id: str, props: Properties) -> None:
        """Deletes the object."""
        self.delete_object(object_id, plain_properties(props))
        PROCESS.release(object_id)

    def _same_object(self, key: str, old: Mapping[str, object], new: Mapping[str, object]) -> bool:
        # The id is given where the name was. The other way round only Konnect could tell, and a diff
        # doesn't ask it.
        return key in new and new[key] == old.get(f"{key}_id")


def _with_advice(error: Unauthorized) -> KongSecureError:
    source = PROCESS.konnect().settings.token_source
    return error.rephrased(
        f"Konnect refused the token from {source}: give a valid one, best with `export "
        "KONNECT_TOKEN=...`, which is read "
        "anew every time. Refresh and destroy don't run the program: without that variable they use "
        "the konnect:token "
        "kept in the state, which may be old; `pulumi config set --secret konnect:token` followed by "
        "`pulumi up` renews it"
    )


def _place_of(error: Exception) -> str:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = (
        ""
        if traceback is None
        else (f" at {PurePath(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}")
    )
    return (
        f"kong_secure met a {type(error).__name__} it didn't expect{place}; please report it. "
        "Values aren't shown, as they may be secret"
    )
