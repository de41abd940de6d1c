"""What each page is for and what one can do next; the question mark at the top of a page opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backoffice.hookspecs import Label, messages

_ = messages("console")


@dataclass(frozen=True, slots=True)
class Topic:
    """One page, or one kind of page: what it is, and what one can do there."""

    key: str
    title: Label
    what: Label
    steps: tuple[Label, ...]
    endpoints: tuple[str, ...]


TOPICS: Final = (
    Topic(
        "home",
        _("Start page"),
        _("What waits for you, and what the plugins have to say. Each figure leads to the records behind it."),
        (
            _("Press Ctrl K and type a few letters to go anywhere or to begin something."),
            _("The first steps of a new organisation stand here until most of them are done."),
        ),
        ("home", "search", "actions"),
    ),
    Topic(
        "list",
        _("Lists"),
        _("The records of one kind. What you see is in the address: a link to it shows the same to a colleague."),
        (
            _("Search, or add filters; they narrow the list together."),
            _("Choose columns and their order, then save all of it as a view, for yourself or for a role."),
            _("Tick rows to do something to all of them; each has a result of its own."),
            _("Export what is shown, or every field as a file that an import takes back."),
        ),
        ("records", "bulk"),
    ),
    Topic(
        "record",
        _("Records"),
        _("One record with its lines, what refers to it, its documents, files and comments."),
        (
            _("The buttons at the top are what you may do with it in its present state."),
            _("History says who changed what; choose a moment in it to see the record as it was then."),
            _("Write a comment; @name tells somebody that they are meant."),
        ),
        ("record", "record_history"),
    ),
    Topic(
        "form",
        _("Forms"),
        _("Fields with a star are needed. Amounts take a point or a comma and Arabic digits; dates your calendar."),
        (
            _("In a field that refers to another record type a part of its name or number and choose."),
            _("Enter goes on to the next cell of a line, and adds a line after the last."),
            _("If a colleague saved meanwhile, you are shown both values and choose; nothing is lost."),
        ),
        ("create", "change", "act", "do", "delete"),
    ),
    Topic(
        "import",
        _("Imports"),
        _("Loads a CSV or XLSX file. Rows with a known key change that record, others add one."),
        (
            _("Match the columns; the next file with the same columns is matched alike."),
            _("Check first: it tells what would happen and changes nothing."),
            _("Refused rows come back as a file with their reasons; correct it and import it again."),
            _("A whole import can be undone from its page, as long as nobody touched its records."),
        ),
        ("import_records", "import_file", "send_file_in"),
    ),
    Topic(
        "approvals",
        _("Approvals"),
        _("Actions that need a second person. Whoever asked cannot agree; what was asked runs when you agree."),
        (
            _("Look at the facts and the record, then agree, or refuse with a reason."),
            _("Which actions need a second person, and from which amount, is set under Settings, Approvals."),
        ),
        ("approvals", "decide"),
    ),
    Topic(
        "reports",
        _("Reports"),
        _("A question with parameters, answered by a table. Figures lead to what they are made of."),
        (
            _("Change the parameters at the top; they stand in the address."),
            _("Export as CSV, XLSX or PDF, or print."),
        ),
        ("report",),
    ),
    Topic(
        "documents",
        _("Documents"),
        _("A record as a page to hand out, in English, in Arabic, or both side by side."),
        (_("Print it or keep it as PDF; the same page is what is sent by mail."),),
        ("document",),
    ),
    Topic(
        "jobs",
        _("Jobs"),
        _("Work in the background. Closing the browser does not stop it; you are told when yours ends."),
        (
            _("Open a job to see how far it is, what it was asked, and why it failed."),
            _("A job that was given up can be tried again once its cause is mended."),
        ),
        ("jobs", "job"),
    ),
    Topic(
        "audit",
        _("Audit log"),
        _("Every change of every record: who, when, through what. Nothing in it can be changed or removed."),
        (_("Filter by person, list or time, and export what you need as evidence."),),
        ("audit",),
    ),
    Topic(
        "settings",
        _("Settings"),
        _("What an administrator decides for a plugin, for this company or for all of them."),
        (
            _("Users, roles, tokens and sessions are lists in the same section of the navigation."),
            _("Plugins and Health say what is loaded, what was put aside, and what to do about it."),
        ),
        ("settings", "settings_of", "plugins", "health"),
    ),
    Topic(
        "profile",
        _("Profile"),
        _("Your language, calendar, digits and appearance, your password, and where you are signed in."),
        (
            _("Sign out a browser you do not know, and change your password."),
            _("A token lets a program work as you, within the scopes you give it."),
        ),
        ("profile",),
    ),
)  # fmt: skip

BY_ENDPOINT: Final = {f"console.{endpoint}": topic for topic in TOPICS for endpoint in topic.endpoints}


def topic_of(endpoint: str | None) -> Topic | None:
    """Return the topic that explains the page at ``endpoint``."""
    return BY_ENDPOINT.get(endpoint or "")


__all__ = ["TOPICS", "Topic", "topic_of"]
