"""Pictures on pages, drawn by the page's own code, so that neither can be right without the other.

```{drawn} shown
What is to be seen.
```

shows the axes that the Python blocks above have called ``shown``, with a caption. They are run when the page is read, in
order and in one namespace, as the tests run them; pages that ask for no picture are not run.
"""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import redirect_stdout
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Drawn(SphinxDirective):
    """The picture in the page itself: no file beside it."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        axes = self.namespace()[self.arguments[0]]
        told = " ".join(" ".join(self.content).split())
        figure = (
            f'<figure class="drawn"><img alt="{escape(told)}" src="data:image/svg+xml;base64,{svg(axes)}">'
            f"<figcaption>{escape(told)}</figcaption></figure>"
        )
        return [nodes.raw("", figure, format="html")]

    def namespace(self) -> dict[str, Any]:
        """What the blocks above have named; each is run once."""
        path = Path(self.env.doc2path(self.env.docname))
        state = self.env.temp_data.setdefault("drawn", {"names": {"__name__": self.env.docname}, "done": 0})
        above = path.read_text(encoding="utf-8").splitlines(keepends=True)[: self.lineno - 1]
        text = "".join(above)
        for block in list(BLOCK.finditer(text))[state["done"] :]:
            # Empty lines in front, so that a traceback names the line of the page.
            before = "\n" * text.count("\n", 0, block.start(1))
            with redirect_stdout(StringIO()):
                exec(compile(before + block[1], str(path), "exec"), state["names"])  # noqa: S102 - our own pages
            state["done"] += 1
        return state["names"]


def svg(axes: Any) -> str:
    """Base64 of the picture, the same to the last bit whenever it is drawn."""
    from matplotlib import rc_context

    picture = BytesIO()
    with rc_context({"svg.hashsalt": "relcore"}):
        axes.figure.savefig(picture, format="svg", metadata={"Date": None})
    return b64encode(picture.getvalue()).decode("ascii")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("drawn", Drawn)
    return {"parallel_read_safe": True}
