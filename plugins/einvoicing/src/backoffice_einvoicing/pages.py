"""The page where electronic invoices of suppliers are taken in. It works without scripts."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.api import BackofficeError, permission, translate
from backoffice.hookspecs import messages

_ = messages("einvoicing")

pages = Blueprint("einvoicing", __name__, url_prefix="/einvoicing")


@pages.get("/take-in")
@permission("einvoicing.receive")
def take_in() -> str:
    """Ask for files."""
    return render_template("einvoicing/take_in.html", problems=[])


@pages.post("/take-in")
@permission("einvoicing.receive")
def take_files_in() -> ResponseReturnValue:
    """Take the files in and lead to what became of them; what cannot be read is said by name."""
    sent = [file for file in request.files.getlist("file") if file.filename]
    problems = [] if sent else [translate(_("Choose a file first."), g.desk.language)]
    taken = []
    for file in sent:
        try:
            content = b64encode(file.read()).decode()
            taken.append(g.desk.execute("einvoicing.receive", content=content, name=file.filename))
        except BackofficeError as error:
            if error.status >= 500:
                raise
            said = " ".join(translate(part, g.desk.language) for part in (error.what, error.why) if part)
            problems.append(f"{file.filename}: {said}")
    if problems:
        return render_template("einvoicing/take_in.html", problems=problems), 422
    for one in taken:
        text = _("{file}: {number} was taken in.").with_values(file="", number=one["number"])
        flash(translate(text, g.desk.language).lstrip(": "), "good")
    if len(taken) == 1:
        return redirect(url_for("console.record", resource="einvoicing.received", id=taken[0]["id"]), 303)
    return redirect(url_for("console.records", resource="einvoicing.received"), 303)
