"""Writes the distribution of a new plugin: it installs and passes its tests as it is."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined

from webapp.providers import NAME, Registry
from webapp.sdk import API_VERSION

_TEMPLATES = "templates/plugin"
KEYED = {"tests/test_keys.py.jinja"}
KEYLESS = {"package/oauth.py.jinja", "tests/test_oauth.py.jinja"}
"""The templates of those alone that are let in by keys, and of those alone that people consent to."""


class CannotMake(Exception):
    """The plugin cannot be written; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """What a new plugin is called, in all the ways it is; with ``keys`` they alone let into its system."""

    name: str
    label: str
    keys: bool = False

    @property
    def distribution(self) -> str:
        """The distribution's name, which is also that of its folder."""
        return f"tandem-{self.name.replace('_', '-')}"

    @property
    def package(self) -> str:
        """The Python package's name; never that of the outside system's own library."""
        return f"tandem_{self.name}"

    @property
    def mark(self) -> str:
        """Two letters: the initials of the label, or how it begins."""
        words = re.findall(r"\w+", self.label)
        letters = "".join(word[0] for word in words) if len(words) > 1 else words[0]
        return f"{letters}{self.name}{self.name}"[:2].upper()

    def words(self) -> dict[str, object]:
        """Return what stands in the templates."""
        host_name = self.name.replace("_", "-").strip("-")
        return {
            "name": self.name,
            "label": self.label,
            "mark": self.mark,
            "distribution": self.distribution,
            "package": self.package,
            "constant": self.name.upper(),
            "class_name": "".join(part.capitalize() for part in self.name.split("_")),
            "host_name": host_name,
            "host": f"{host_name}.example",
            "api_version": API_VERSION,
            "keys": self.keys,
            "word": "key" if self.keys else "token",
        }


def new_plugin(name: str, label: str, registry: Registry, *, keys: bool = False) -> Plugin:
    """Return the plugin to write; raises ``CannotMake`` when its name, or its label, cannot be."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or not name.rstrip("_") or name.endswith("_"):
        raise CannotMake(
            f"{name!r} cannot be a plugin's name: begin with a lower case letter, then lower case letters, "
            "digits and _, at most 32, such as acme_books."
        )
    label = label.strip() or name.replace("_", " ").title()
    if len(label) > 60 or not re.search(r"\w", label) or re.search(r'["\\{}\x00-\x1f]', label):
        raise CannotMake(
            f"{label!r} cannot be a label: 1 to 60 characters with a letter, no quotes or braces."
        )
    for taken, owner in registry.taken().items():
        if taken == name:
            raise CannotMake(f"{owner} already brings a provider named {name}: choose another name.")
    plugin = Plugin(name=name, label=label, keys=keys)
    if find_spec(plugin.package) is not None:
        raise CannotMake(f"There is a package {plugin.package} here already: choose another name.")
    return plugin


def write(plugin: Plugin, folder: Path) -> list[Path]:
    """Write the plugin into a new folder; return its files. Raises ``CannotMake``."""
    if folder.exists() and not folder.is_dir():
        raise CannotMake(f"{folder} is a file: name a folder that is not there yet.")
    if folder.exists() and any(folder.iterdir()):
        raise CannotMake(f"The folder {folder} exists and is not empty: name another one.")
    environment = Environment(
        loader=PackageLoader("webapp.workshop", _TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made = []
    left_out = KEYLESS if plugin.keys else KEYED
    for template in sorted(set(environment.list_templates(extensions=["jinja"])) - left_out):
        target = folder / _place(template, plugin)
        text = environment.get_template(template).render(plugin.words())
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CannotMake(
                f"{target} cannot be written ({error.strerror}): name another folder."
            ) from error
        made.append(target)
    return made


def _place(template: str, plugin: Plugin) -> PurePosixPath:
    names = {"package": plugin.package, "gitignore": ".gitignore"}
    parts = PurePosixPath(template.removesuffix(".jinja")).parts
    return PurePosixPath(*(names.get(part, part) for part in parts))
