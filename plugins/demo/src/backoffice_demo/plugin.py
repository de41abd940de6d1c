"""No tables and no pages: the office knows the plugin so that its companies are loaded where it is active."""

from __future__ import annotations

from backoffice.hookspecs import messages

_ = messages("demo")

TITLE = _("Demo")
SUMMARY = _("Companies to look at Backoffice with; not for an organisation that works.")
