"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from backoffice_cms.models import LANGUAGES, LONG_SUMMARY, LONG_TITLE, Page

from backoffice.hookspecs import Action, Approval, Field, messages

_ = messages("cms")

HERE = "backoffice_cms.actions"
SUMMARY = Field("summary", "text", label=_("Summary"), length=LONG_SUMMARY)
BODY = Field("body", "long_text", label=_("Text"),
             help=_("In Markdown. Links to pages are written page:12 and follow them wherever they move."))  # fmt: skip
SEO = (
    Field("seo_title", "text", label=_("Title for search engines"), length=LONG_TITLE),
    Field("seo_summary", "text", label=_("Summary for search engines"), length=LONG_SUMMARY),
)
REVISION = Field("revision", "integer", label=_("Revision"), minimum=1)
WRITTEN = ("draft", "review", "scheduled", "live", "changed", "withdrawn")

ACTIONS = [
    Action(
        "cms.begin",
        f"{HERE}:begin",
        label=_("Write in a language"),
        help=_("Begins the text of a page in a language."),
        resource="cms.page",
        fields=(
            Field("language", "choice", choices=LANGUAGES, label=_("Language"), required=True),
            Field("title", "text", label=_("Title"), length=LONG_TITLE, required=True),
            Field("slug", "text", label=_("Name in its address"), length=120, help=_("Left empty, its title.")),
            SUMMARY, BODY, *SEO,
        ),
        icon="edit",
    ),
    Action(
        "cms.write",
        f"{HERE}:write",
        label=_("Write"),
        help=_("Writes a new revision. What is left empty stays as it is."),
        resource="cms.text",
        when=("state", WRITTEN),
        begins="backoffice_cms.writing:current",
        fields=(
            Field("title", "text", label=_("Title"), length=LONG_TITLE),
            SUMMARY, BODY, *SEO,
            Field("base", "integer", label=_("Made from revision"), minimum=1,
                  help=_("What others wrote since is put together with it; left empty, the newest.")),
            Field("note", "text", label=_("What changed"), length=200),
        ),
        icon="edit",
    ),
    Action(
        "cms.submit",
        f"{HERE}:submit",
        label=_("Hand over"),
        help=_("Hands the newest revision to whoever publishes."),
        resource="cms.text",
        when=("state", ("draft", "changed", "withdrawn")),
    ),
    Action(
        "cms.turn_down",
        f"{HERE}:turn_down",
        label=_("Hand back"),
        help=_("Hands the text back to whoever wrote it."),
        resource="cms.text",
        when=("state", ("review",)),
        fields=(Field("reason", "text", label=_("Reason"), length=200, required=True),),
    ),
    Action(
        "cms.publish",
        f"{HERE}:publish",
        label=_("Publish"),
        help=_("Shows a revision to visitors, now or at a time: the one handed over, else the newest."),
        resource="cms.text",
        when=("state", ("draft", "review", "changed", "scheduled", "withdrawn")),
        approval=Approval(),
        fields=(
            REVISION,
            Field("at", "instant", label=_("At"), help=_("Left empty, now.")),
            Field("until", "instant", label=_("Until"), help=_("Left empty, for good.")),
        ),
        icon="check",
    ),
    Action(
        "cms.withdraw",
        f"{HERE}:withdraw",
        label=_("Withdraw"),
        help=_("Takes the text from visitors."),
        resource="cms.text",
        when=("state", ("live", "changed", "scheduled")),
        destructive=True,
        confirm=_("Visitors do not see the text any more."),
    ),
    Action(
        "cms.restore",
        f"{HERE}:restore",
        label=_("Bring a revision back"),
        help=_("Writes an old revision again, as the newest one."),
        resource="cms.text",
        when=("state", WRITTEN),
        fields=(Field("revision", "integer", label=_("Revision"), minimum=1, required=True),),
        icon="undo",
    ),
    Action(
        "cms.rename",
        f"{HERE}:rename",
        label=_("Change its address"),
        help=_("Gives the text another name in its address; the old one leads on."),
        resource="cms.text",
        fields=(Field("slug", "text", label=_("Name in its address"), length=120, required=True),),
    ),
    Action(
        "cms.move",
        f"{HERE}:move",
        label=_("Move"),
        help=_("Puts the page elsewhere in the tree; old addresses lead on."),
        resource="cms.page",
        fields=(
            Field("parent_id", "ref", target=Page, label=_("Below"), help=_("Left empty, at the top.")),
            Field("position", "integer", label=_("Place among its neighbours")),
        ),
    ),
    Action(
        "cms.import_wordpress",
        f"{HERE}:import_wordpress",
        label=_("Take over from WordPress"),
        help=_("Takes pages and posts of an export (WXR) over. The same export again makes nothing twice."),
        resource="cms.site",
        fields=(
            Field("file", "file", label=_("File"), required=True),
            Field("language", "choice", choices=LANGUAGES, label=_("Language"), help=_("Left empty, the site's.")),
            Field("published", "boolean", label=_("Publish what was published there")),
        ),
    ),
    Action(
        "cms.put_away",
        f"{HERE}:put_away",
        label=_("Delete old revisions"),
        help=_("Deletes those beyond the newest and older than some days. What is published or is to be stays."),
        fields=(
            Field("keep", "integer", label=_("Kept of each text"), default=20, minimum=1),
            Field("days", "integer", label=_("Kept for days"), default=90, minimum=0),
        ),
        destructive=True,
        confirm=_("Deleted revisions cannot be brought back."),
        menu="settings",
    ),
]  # fmt: skip
