"""Sphinx: `make docs` builds these pages, and a warning is an error."""

from importlib.metadata import version as installed

project = "Backoffice"
author = "The Backoffice authors"
project_copyright = "The Backoffice authors, MIT licence"
release = installed("backoffice")
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"Backoffice {version}"
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "undoc-members": True, "exclude-members": "__init__, __new__"}
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
toc_object_entries = False
