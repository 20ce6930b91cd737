"""What the plots share: axes of their own where none are given, and colours that everybody can tell apart."""

from __future__ import annotations

from typing import Any

# Okabe and Ito (2008): told apart with every kind of colour vision.
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9"
QUIET, PALE, INK = "#666666", "#F2F2F2", "#222222"
SHADES = "Blues"
"""The colour map of everything that is more or less: light is little, dark is much."""


def axes_or_own(ax: Any, width: float = 8.0, height: float = 4.5) -> Any:
    """The axes given, or those of a new figure.

    A figure of its own and not pyplot's: nothing is registered globally, nothing has to be closed.
    """
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def headed(axes: Any, title: str) -> None:
    """The title, as on every plot."""
    axes.set_title(title, loc="left", fontweight="bold")


def ink_on(shade: float) -> str:
    """Which letters can be read on a shade of `SHADES` between 0 and 1."""
    return "white" if shade > 0.55 else INK
