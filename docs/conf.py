"""How the site is built: `make docs`. It needs no network, and neither does the site."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # from_code.py and drawn.py, beside this file

project, author = "relcore", "the relcore authors"
project_copyright = "the relcore authors, Apache-2.0"
release = metadata.version("relcore")

extensions = ["myst_parser", "sphinx.ext.autodoc", "from_code", "drawn"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
suppress_warnings = ["ref.python"]  # of several things with one name in a docstring any will do

# Signatures as they are written, defaults included; what inherits from whom is said by the text.
default_role = "py:obj"  # `Name` in a docstring is a link where there is such a name
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autodoc_type_aliases = {
    name: name
    for name in (
        "ArrayLike", "Floats", "Period",
        *(f"{kind}Move" for kind in (
            "Approval", "Campaign", "Case", "Consent", "ContactPoint", "Customer", "Enrolment", "Interaction", "Lead",
            "Merge", "Message", "Opportunity", "Order", "Promise", "Quote", "Relationship", "Suppression", "Task",
        )),
    )
}  # fmt: skip
autodoc_class_signature = "mixed"
add_module_names = False
python_use_unqualified_type_names = True
maximum_signature_line_length = 150
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "relcore"
html_static_path = ["_static"]
html_css_files = ["relcore.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00588a", "color-brand-content": "#00639c"},
    "dark_css_variables": {"color-brand-primary": "#6cc0ee", "color-brand-content": "#7cc8f2"},
    "footer_icons": [],
}
pygments_style, pygments_dark_style = "friendly", "github-dark"
