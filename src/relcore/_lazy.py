"""Names that are imported when first asked for, so that a front door costs nothing until it is used."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` (PEP 562) of a package whose names live in the modules ``homes`` says."""

    def __getattr__(name: str) -> object:
        if name not in homes:
            raise AttributeError(
                f"module {package!r} has no name {name!r}; it has {', '.join(sorted(homes))}"
            )
        import sys
        from importlib import import_module

        value = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted(homes)

    return __getattr__, __dir__
