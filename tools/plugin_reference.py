"""Writes docs/plugin-reference.md from the docstrings of the SDK: `python -m tools.plugin_reference`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from webapp import sdk
from webapp.sdk import hookspec, testing

PAGE = Path(__file__).resolve().parent.parent / "docs" / "plugin-reference.md"

_INTRODUCTION = """\
# What a plugin may import

Every public name of `webapp.sdk` and `webapp.sdk.testing`, and every hook, with what its docstring promises.
`python -m tools.plugin_reference` writes this page. How they go together is in [plugins.md](plugins.md).
"""


def page() -> str:
    """Return the page as it ought to be."""
    parts = [_INTRODUCTION, "## Hooks\n", *(_entry(name, getattr(hookspec, name)) for name in hooks())]
    for module in (sdk, testing):
        parts.append(f"## `{module.__name__}`\n")
        parts += [_entry(name, getattr(module, name)) for name in sorted(module.__all__, key=str.lower)]
    return "\n".join(parts)


def hooks() -> list[str]:
    """Name the hooks."""
    return [name for name, each in vars(hookspec).items() if hasattr(each, "tandem_spec")]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _entry(name: str, value: object) -> str:
    return "\n".join([f"### `{name}`\n", *_told(name, value)])


def _told(name: str, value: object) -> Iterator[str]:
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        yield f"{_said_below(name)}\n"
        return
    yield f"{inspect.getdoc(value) or ''}\n"
    if not inspect.isclass(value):
        return
    if "__init__" in vars(value) and not getattr(value, "_is_protocol", False):
        parts = [_parameter(each) for each in inspect.signature(value).parameters.values()]
        yield f"Made with {', '.join(parts)}.\n"
    members = [
        f"- `{name}{_signature(each)}`: {' '.join((inspect.getdoc(each) or '').split())}"
        for name, each in vars(value).items()
        if (inspect.isfunction(each) or isinstance(each, property)) and not name.startswith(("_", "test_"))
    ]
    if members:
        yield "\n".join(members) + "\n"


def _parameter(parameter: inspect.Parameter) -> str:
    """Tell a parameter with its type, and its default where that is a plain value."""
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    return f"`{parameter.name}: {parameter.annotation}{re.sub(r' = <.*', ' = …', default)}`"


def _signature(member: object) -> str:
    """Tell what a method takes and returns, or of which type a property is."""
    if isinstance(member, property):
        return f": {inspect.get_annotations(member.fget)['return']}" if member.fget else ""
    assert inspect.isfunction(member)
    return re.sub(r"""(: |-> )(['"])(.*?)\2""", r"\1\3", str(inspect.signature(member)))


def _said_below(name: str) -> str:
    """Return the docstring that follows the assignment of a name in one of the SDK's modules."""
    pattern = re.compile(rf'^{name}\b[^\n]* = (?:[^\n]+|\(\n.*?\n\))\n"""(.*?)"""', re.M | re.S)
    texts = (path.read_text("utf-8") for path in sorted(Path(sdk.__file__).parent.glob("*.py")))
    return next(found[1] for text in texts if (found := pattern.search(text)))


if __name__ == "__main__":
    main()
