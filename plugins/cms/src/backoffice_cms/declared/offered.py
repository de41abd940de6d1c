"""Jobs, reports, events and roles."""

from __future__ import annotations

from datetime import timedelta

from backoffice_cms.models import LANGUAGES, Site, Text

from backoffice.hookspecs import Event, Field, Job, Report, Role, messages

_ = messages("cms")

HERE = "backoffice_cms.reports"
DONE = {"published": _("Published"), "withdrawn": _("Withdrawn")}

JOBS = [
    Job(
        "cms.publish_due",
        "backoffice_cms.publishing:publish_due",
        label=_("Publish and withdraw what is due"),
        every=timedelta(minutes=1),
    )
]

REPORTS = [
    Report(
        "cms.overview",
        f"{HERE}:overview",
        label=_("Tree of pages"),
        description=_("Every page with the state of its text in each language."),
        fields=(Field("site_id", "ref", target=Site, label=_("Site")),),
    ),
    Report(
        "cms.compare",
        f"{HERE}:compare",
        label=_("Compare two revisions"),
        description=_("What changed between two revisions of a text, line by line."),
        fields=(
            Field("text_id", "ref", target=Text, label=_("Text"), required=True),
            Field("older", "integer", label=_("Older revision"), required=True, minimum=1),
            Field("newer", "integer", label=_("Newer revision"), minimum=1, help=_("Left empty, the newest.")),
        ),
    ),
    Report(
        "cms.links",
        f"{HERE}:links",
        label=_("Broken links"),
        description=_("Links of published texts that lead to nothing on their own site."),
        fields=(Field("site_id", "ref", target=Site, label=_("Site"), required=True),),
    ),
]

EVENTS = [
    Event(
        "cms.page_published",
        label=_("Page published or withdrawn"),
        fields=(
            Field("site", "code", label=_("Site"), required=True),
            Field("language", "choice", choices=LANGUAGES, label=_("Language"), required=True),
            Field("path", "text", label=_("Address"), required=True),
            Field("what", "choice", choices=DONE, label=_("What happened"), required=True),
        ),
    )
]

READ = ("cms.site.read", "cms.page.read", "cms.text.read", "cms.redirect.read", "cms.overview", "cms.compare",
        "cms.links")  # fmt: skip

ROLES = [
    Role(
        "cms.writer",
        _("Writer of pages"),
        (
            *READ,
            "cms.page.create",
            "cms.page.change",
            "cms.begin",
            "cms.write",
            "cms.submit",
            "cms.restore",
            "cms.move",
        ),
        help=_("Writes pages and hands them over, but publishes none."),
    ),
    Role("cms.publisher", _("Publisher of pages"), ("cms.*",), help=_("Keeps sites, publishes and withdraws.")),
]
