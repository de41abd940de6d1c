"""What the database itself holds of sites: a revision never changes."""

from __future__ import annotations

from backoffice.core.api import Guard
from backoffice.hookspecs import messages

_ = messages("cms")

PREFIX = "backoffice guard cms: "

NOT_CHANGED = _("A revision is never changed; write another one.")
NEEDED = _("This revision is published, or is to be.")

_POINTED = "EXISTS (SELECT 1 FROM cms_text t WHERE t.id = OLD.text_id AND OLD.number IN (t.live, t.waiting, t.review))"

REVISION = Guard(
    "cms_revision_fixed",
    sqlite=(
        "CREATE TRIGGER cms_revision_fixed_update BEFORE UPDATE ON cms_revision BEGIN "
        f"SELECT RAISE(ABORT, '{PREFIX}{NOT_CHANGED}'); END",
        "CREATE TRIGGER cms_revision_fixed_delete BEFORE DELETE ON cms_revision BEGIN "
        f"SELECT RAISE(ABORT, '{PREFIX}{NEEDED}') WHERE {_POINTED}; END",
    ),
    postgresql=(
        "CREATE FUNCTION cms_revision_fixed() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION '{PREFIX}{NOT_CHANGED}'; END IF;\n"
        f"IF {_POINTED} THEN RAISE EXCEPTION '{PREFIX}{NEEDED}'; END IF;\nRETURN OLD;\nEND\n$$",
        "CREATE TRIGGER cms_revision_fixed BEFORE UPDATE OR DELETE ON cms_revision "
        "FOR EACH ROW EXECUTE FUNCTION cms_revision_fixed()",
    ),
)
