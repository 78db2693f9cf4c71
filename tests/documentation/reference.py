"""docs/reference.md, made of the docstrings and signatures of the public names. `python -m
tests.documentation.reference` writes it anew; what it says is said in the docstrings.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kong_secure

FILE = Path(__file__).parents[2] / "docs" / "reference.md"

_ORDER = (
    "SecuredService",
    "AwsTransitGateway",
    "AzureVnetPeering",
    "SharedSecretHeader",
    "SharedSecret",
    "KonnectNetwork",
    "TransitGatewayAttachment",
    "VnetPeering",
    "AttachmentPending",
    "AttachmentReady",
    "WaitingProcess",
)
_NAMES = re.compile(r"([a-z_]+(?:, [a-z_]+)*): (.+)", re.DOTALL)
_ELSEWHERE = re.compile(r"as `(\w+)` takes (?:it|them)\.?")
_LATER = ("Outputs:", "Raises ", "Source:")
_HEAD = """# Reference

Made of the docstrings by `python -m tests.documentation.reference`; a test holds it to them. Every class takes a
resource name first and `opts` last, as everywhere in Pulumi; `Input[...]` is a plain value or an Output. What has no
default and isn't required may be left out, and the meaning says what then.
"""


def text() -> str:
    """The whole page."""
    classes = [name for name in kong_secure.__all__ if name[0].isupper()]
    assert set(classes) == set(_ORDER), "a public name isn't in the order of the page"
    return "\n".join([_HEAD, *(line for name in _ORDER for line in _section(name))])


def arguments(name: str) -> dict[str, tuple[str, str, str]]:
    """By argument of a class: type, default and meaning, none of them empty where the docstring is whole."""
    meanings = dict(_meanings(_docstring(name)))
    return {
        argument: (kind, default, _resolved(argument, meanings.get(argument, "")))
        for argument, (kind, default) in _signature(getattr(kong_secure, name)).items()
    }


def _resolved(argument: str, meaning: str) -> str:
    """What another class says of the argument, where the docstring leaves it to that."""
    elsewhere = _ELSEWHERE.fullmatch(meaning)
    return meaning if elsewhere is None else arguments(elsewhere[1])[argument][2]


def _section(name: str) -> Iterator[str]:
    docstring = _docstring(name)
    paragraphs = docstring.split("\n\n")
    yield f"## {name}"
    for paragraph in paragraphs:
        # Examples stay in the docstrings: what this folder shows is run, and they are sketches.
        if (
            not paragraph.startswith("    ")
            and not _NAMES.match(paragraph)
            and not paragraph.startswith(_LATER)
        ):
            yield _flat(paragraph) + "\n"
    table = arguments(name)
    if table:
        yield "| argument | type | default | meaning |"
        yield "|---|---|---|---|"
        for argument, (kind, default, meaning) in table.items():
            yield f"| `{argument}` | {_cell(kind)} | {_cell(default)} | {meaning.replace('|', chr(92) + '|')} |"
        yield ""
    for start in _LATER:
        yield from (_flat(each) + "\n" for each in paragraphs if each.startswith(start))


def _docstring(name: str) -> str:
    found = inspect.getdoc(getattr(kong_secure, name))
    assert found, f"{name} has no docstring"
    return found


def _meanings(docstring: str) -> Iterator[tuple[str, str]]:
    for paragraph in docstring.split("\n\n"):
        # An argument begins at the margin, and what is said of it goes on indented.
        for piece in re.split(r"\n(?=\S)", paragraph):
            found = _NAMES.fullmatch(piece)
            for argument in found[1].split(", ") if found else ():
                yield argument, _flat(found[2]) if found else ""


def _signature(cls: Any) -> dict[str, tuple[str, str]]:
    module = ast.parse(inspect.getsource(inspect.getmodule(cls)))  # type: ignore[arg-type]
    [node] = [each for each in module.body if isinstance(each, ast.ClassDef) and each.name == cls.__name__]
    [init] = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    aliases = {
        target.id: each.value
        for each in module.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    values = {key: each.default for key, each in inspect.signature(cls).parameters.items()}
    return {
        each.arg: (_kind(each.annotation, aliases), _default(values[each.arg]))
        for each in init.args.kwonlyargs
        if each.arg != "opts"
    }


def _kind(annotation: ast.expr | None, aliases: Mapping[str, ast.expr]) -> str:
    """A type as its reader knows it: names that stand for another type in the module are that type."""
    assert annotation is not None
    text = re.sub(
        r"(?<!\.)\b[A-Z]\w*\b",
        lambda name: ast.unparse(aliases[name[0]]) if name[0] in aliases else name[0],
        ast.unparse(annotation),
    )
    return text.replace("pulumi.", "").removesuffix(" | None").replace("ProviderResource", "Provider")


def _default(value: object) -> str:
    if value is inspect.Parameter.empty:
        return "**required**"
    return "" if value is None or value == () else repr(value)


def _cell(code: str) -> str:
    return code if not code or code.startswith("**") else f"`{code.replace('|', chr(92) + '|')}`"


def _flat(paragraph: str) -> str:
    return " ".join(paragraph.split())


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
