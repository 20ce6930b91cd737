"""Parts of pages that the code itself tells, so that they cannot be wrong.

```{lifecycle} relcore.service:case_lifecycle      the picture, the moves, the states, the text for Mermaid
```{names-of} relcore.analytics                    what a front door offers, each name with its documentation
```{front-door}                                    the names of `import relcore`, and where each is at home
```{unreleased}                                    the fragments of changelog.d
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from relcore.kernel.lifecycle import Lifecycle, Move
from relcore.plots import lifecycle_svg

ROOT = Path(__file__).parents[1]
AnyLifecycle = Lifecycle[Any, Any, Any]
AnyMove = Move[Any, Any, Any]


class OfLifecycle(SphinxDirective):
    """One part of what a table says."""

    required_arguments = 1
    told: Callable[[AnyLifecycle, str], Iterator[str]]

    def run(self) -> list[nodes.Node]:
        where = self.arguments[0]
        module, _, name = where.rpartition(".")
        lifecycle: AnyLifecycle = getattr(importlib.import_module(module), name)
        return self.parse_text_to_nodes("\n".join(type(self).told(lifecycle, where)))


def picture(lifecycle: AnyLifecycle, where: str) -> Iterator[str]:
    """The SVG in the page itself: no file beside it, and it follows the theme of the page."""
    yield from ("```{raw} html", '<div class="lifecycle-picture">', lifecycle_svg(lifecycle), "</div>", "```")


def moves(lifecycle: AnyLifecycle, where: str) -> Iterator[str]:
    yield from table("from", "set off by", "to", "rules, needs and effects")
    for move in lifecycle.moves:
        yield row(
            listed(move.sources) or "*nothing*",
            trigger(move),
            code(move.to) if move.to else "*stays*",
            "<br>".join(conditions(move)),
        )
    yield from (
        "",
        "*Rules* are about what is there before the move, *needs* are fields that must be filled after",
    )
    yield from ("it, and an *effect* is what the host is asked to do: relcore itself sends nothing.", "")


def states(lifecycle: AnyLifecycle, where: str) -> Iterator[str]:
    yield from table("state", "category", "what can follow, in any number of moves")
    for state, category in lifecycle.states.items():
        after = lifecycle.reachable(state) - {state}
        begins = ", begins here" if state in lifecycle.starts else ""
        follows = listed(other for other in lifecycle.states if other in after)
        yield row(code(state), f"{category}{begins}", follows or "*nothing: it is final*")


def mermaid(lifecycle: AnyLifecycle, where: str) -> Iterator[str]:
    yield from (
        f"`{where}.to_mermaid()` gives this for pages that draw Mermaid, `to_networkx()` a graph:",
        "",
    )
    yield from ("```text", lifecycle.to_mermaid(), "```")


def conditions(move: AnyMove) -> Iterator[str]:
    for guard in move.when:
        yield f"only if *{guard.name.replace('_', ' ')}*; refused with “{guard.reason}”"
    if move.needs:
        yield f"needs {listed(move.needs)}"
    if move.effects:
        yield f"effect {listed(move.effects)}"


def listed(names: Iterable[object]) -> str:
    return ", ".join(map(code, names))


def trigger(move: AnyMove) -> str:
    if move.fact is not None:
        return f"being told {code(move.name)}"
    return f"time, *{move.name.replace('_', ' ')}*" if move.due else code(move.name)


def table(*heads: str) -> Iterator[str]:
    yield row(*heads)
    yield row(*("---" for _ in heads))


def row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def code(name: object) -> str:
    return f"`{name}`"


class NamesOf(SphinxDirective):
    """Every public name of a package or module, documented under the name by which users import it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = importlib.import_module(self.arguments[0])
        names = getattr(package, "__all__", None) or own_names(package)
        text: list[str] = [
            inspect.getdoc(package) or "",
            "",
            "```{eval-rst}",
            f".. currentmodule:: {package.__name__}",
            "",
        ]
        for name in names:
            text += [*documented(package.__name__, name, getattr(package, name)), ""]
        return self.parse_text_to_nodes("\n".join([*text, "```"]))


def own_names(module: Any) -> list[str]:
    """In the order of the file."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and (inspect.isclass(value) or inspect.isfunction(value))
        and inspect.getdoc(value)
    ]


def documented(package: str, name: str, value: Any) -> Iterator[str]:
    full = f"{package}.{name}"
    if isinstance(value, Lifecycle):
        page = value.name if value.name != "customer" else "customer_record"
        yield from (f".. py:data:: {name}", "")
        yield f"   The table of moves; drawn and told on the page :doc:`/lifecycles/{page}`."
    elif inspect.isclass(value):
        yield from (f".. autoclass:: {full}", "   :members:")
        if issubclass(value, BaseException | enum.Enum):
            yield "   :show-inheritance:"
        if not issubclass(value, BaseException):
            yield "   :undoc-members:"
        if told_above := fields_without_text(value):
            yield f"   :exclude-members: {', '.join(told_above)}"
    elif inspect.isroutine(value):
        yield f".. autofunction:: {full}"
    else:
        yield f".. autodata:: {full}"


def fields_without_text(value: type[Any]) -> list[str]:
    """Fields of an attrs class stand in its signature; below it only those of which there is more to say."""
    told = ModuleAnalyzer.for_module(value.__module__).find_attr_docs()
    fields = [field.name for field in attrs.fields(value)] if attrs.has(value) else []
    silent = [name for name in fields if (value.__name__, name) not in told]
    return [*silent, *(name for name in ("lifecycle", "id_type", "words") if hasattr(value, name))]


class FrontDoor(SphinxDirective):
    """The names of `import relcore`."""

    def run(self) -> list[nodes.Node]:
        import relcore

        lines = [*table("name", "what it is", "documented in")]
        for name in relcore.__all__:
            value = getattr(relcore, name)
            home = ".".join(value.__module__.split(".")[:2])
            first = (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")
            page = {"relcore.kernel": "kernel"}.get(home, home.removeprefix("relcore."))
            lines.append(row(code(name), markdown(first), f"[{code(home)}]({page}.md)"))
        return self.parse_text_to_nodes("\n".join(lines))


def markdown(text: str) -> str:
    """What docstrings write for Sphinx, for a page in Markdown."""
    return text.replace("``", "`").replace("|", "\\|")


class Unreleased(SphinxDirective):
    """What the next release will say."""

    def run(self) -> list[nodes.Node]:
        folder = ROOT / "changelog.d"
        self.env.note_dependency(str(folder))
        heads = {"breaking": "Breaking", "added": "Added", "changed": "Changed", "fixed": "Fixed"}
        lines: list[str] = []
        for kind, head in heads.items():
            fragments = sorted(folder.glob(f"*.{kind}.md"))
            if fragments:
                lines += [f"**{head}**", ""]
                lines += [f"- {' '.join(path.read_text(encoding='utf-8').split())}" for path in fragments]
                lines += [""]
        return self.parse_text_to_nodes("\n".join(lines or ["Nothing yet."]))


ALIAS = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
DEFAULT = re.compile(r"attr_dict\['(\w+)'\]\.default")


def show_defaults(
    app: Sphinx, what: str, name: str, obj: Any, options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Say the defaults that the constructors which attrs writes only look up, and aliases by their names."""
    signature, returned = (text and ALIAS.sub(r"\1", text) for text in (signature, returned))
    if not signature or not isinstance(obj, type) or not attrs.has(obj):
        return signature, returned
    defaults = {field.name: field.default for field in attrs.fields(obj)}
    defaults |= {field.alias: field.default for field in attrs.fields(obj)}
    return DEFAULT.sub(lambda found: shown(defaults[found[1]]), signature), returned


def shown(default: object) -> str:
    if isinstance(default, enum.Enum):
        return f"{type(default).__name__}.{default.name}"
    return "..." if type(default) is type(attrs.Factory(list)) else repr(default)


ARGUMENT = re.compile(r"(\w+(?:, \w+)*) : (?=\S)")
FURTHER = re.compile(r"(?<=[.;]) (?=\w+(?:, \w+)* : \S)")


def list_arguments(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Our docstrings say ``name : what it is``, line by line; on the page that is a list."""
    lines[:] = [new for line in as_list(lines) for new in line]


def as_list(lines: Sequence[str]) -> Iterator[list[str]]:
    listing = False
    for line in lines:
        if not line.strip():
            listing = False
            yield [line]
        elif ARGUMENT.match(line):
            items = [f"* {ARGUMENT.sub(emphasised, item, count=1)}" for item in FURTHER.split(line)]
            yield items if listing else ["", *items]
            listing = True
        else:
            yield [f"  {line.strip()}" if listing else line]


def emphasised(match: re.Match[str]) -> str:
    return ", ".join(f"**{name}**" for name in match[1].split(", ")) + ": "


def setup(app: Sphinx) -> dict[str, Any]:
    for part in (picture, moves, states, mermaid):
        directive = type(part.__name__, (OfLifecycle,), {"told": staticmethod(part)})
        app.add_directive(f"lifecycle-{part.__name__}", directive)
    app.add_directive("names-of", NamesOf)
    app.add_directive("front-door", FrontDoor)
    app.add_directive("unreleased", Unreleased)
    app.connect("autodoc-process-signature", show_defaults)
    app.connect("autodoc-process-docstring", list_arguments)
    return {"parallel_read_safe": True}
