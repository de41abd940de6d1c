"""Sphinx: `make docs` builds these pages, and a warning is an error."""

from importlib.metadata import version as installed

project = "Backoffice"
author = "The Backoffice authors"
project_copyright = "The Backoffice authors, MIT licence"
release = installed("backoffice")
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"Backoffice {version}"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["arabic.css"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

# The lexer of terminals knows no argument that goes on over several lines; it is shown all the same.
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "undoc-members": True, "exclude-members": "__init__, __new__"}
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True
toc_object_entries = False
