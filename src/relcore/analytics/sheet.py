"""What a value shows of itself, written once: lines and small tables, as text in a terminal and as HTML in a notebook.

Whatever displays results beside the code that made them (Jupyter, Colab, VS Code, marimo) asks a value for ``_repr_html_``
(IPython, Integrating your objects with IPython, "Rich display"). Its cells are those of the text, and it brings no style but how
cells are aligned: colours and fonts are the notebook's.
"""

from __future__ import annotations

from html import escape
from typing import Protocol

import attrs


@attrs.frozen
class Grid:
    """Rows of cells.

    layout : how each column is written, as a format: "<14" has 14 characters and begins on the left, ">10" ends on the right.
    head : what stands above the columns, if anything does.
    """

    layout: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] | None = None

    def __str__(self) -> str:
        shown = self.rows if self.head is None else (self.head, *self.rows)
        return "\n".join("".join(map(format, row, self.layout)) for row in shown)

    def html(self) -> str:
        """One table; ends of lines stand where the text has them."""
        lines = ["<table>"]
        if self.head is not None:
            lines += ["<thead>", self._row("th", self.head), "</thead>"]
        lines += ["<tbody>", *(self._row("td", row) for row in self.rows), "</tbody>", "</table>"]
        return "\n".join(lines)

    def _row(self, tag: str, cells: tuple[str, ...]) -> str:
        told = [
            f'<{tag} style="text-align: {"right" if how.startswith(">") else "left"}">{escape(cell.strip())}</{tag}>'
            for cell, how in zip(cells, self.layout, strict=True)
        ]
        return f"<tr>{''.join(told)}</tr>"


@attrs.frozen
class Sheet:
    """Lines and grids, one below the other.

    >>> rows = (("web", "1,204"), ("shop", "87"))
    >>> print(Sheet(("By channel", Grid(("<6", ">10"), rows, head=("", "customers")))))
    By channel
           customers
    web        1,204
    shop          87
    """

    parts: tuple[str | Grid, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.parts))

    def html(self) -> str:
        """A paragraph for each line, a table for each grid."""
        told = [part.html() if isinstance(part, Grid) else f"<p>{escape(part)}</p>" for part in self.parts]
        return "\n".join(["<div>", *told, "</div>"])


class Shown(Protocol):
    """A value that has a sheet."""

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        ...


# --- lent as __repr__ and _repr_html_ ---


def as_text(self: Shown) -> str:
    """The sheet for a terminal."""
    return str(self.sheet())


def as_html(self: Shown) -> str:
    """The sheet for a notebook."""
    return self.sheet().html()
