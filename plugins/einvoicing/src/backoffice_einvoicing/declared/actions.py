"""Actions: issue, submit, receive, book."""

from __future__ import annotations

from backoffice_einvoicing.kinds import SYNTAXES
from backoffice_parties.models import Party

from backoffice.hookspecs import Action, Field, messages

_ = messages("einvoicing")

HERE = "backoffice_einvoicing.actions"
ISSUED = ("state", ("posted", "paid"))

ACTIONS = [
    Action(
        "einvoicing.issue",
        f"{HERE}:issue",
        label=_("Issue the electronic document"),
        help=_("Makes it again where the last one was faulty or rejected; the number of the invoice stays."),
        resource="accounting.invoice",
        when=ISSUED,
        fields=(
            Field(
                "syntax",
                "choice",
                label=_("Syntax"),
                choices=SYNTAXES,
                help=_("Left empty, it goes where documents of the company go."),
            ),
        ),
    ),
    Action(
        "einvoicing.show",
        f"{HERE}:show",
        label=_("Show the electronic document"),
        help=_("Tells the document as it was issued, byte for byte, and its hash."),
        resource="accounting.invoice",
        when=ISSUED,
        permission="einvoicing.document.read",
    ),
    Action(
        "einvoicing.submit",
        f"{HERE}:submit",
        label=_("Submit now"),
        help=_("Tries at once to hand it over."),
        resource="einvoicing.submission",
        when=("state", ("issued", "submitted")),
    ),
    Action(
        "einvoicing.issue_again",
        f"{HERE}:issue_document_again",
        label=_("Issue again"),
        help=_("After what was wrong was mended: a new document under the same legal number."),
        resource="einvoicing.submission",
        when=("state", ("rejected",)),
        permission="einvoicing.issue",
    ),
    Action(
        "einvoicing.authorities",
        f"{HERE}:known_authorities",
        label=_("Authorities and networks"),
        help=_("Tells where documents can go."),
        permission="einvoicing.document.read",
    ),
    Action(
        "einvoicing.receive",
        f"{HERE}:receive",
        label=_("Take in an electronic invoice"),
        help=_("UBL, Cross Industry Invoice, or a PDF with one of them inside. The same file is taken in once."),
        fields=(
            Field(
                "content",
                "long_text",
                label=_("File"),
                help=_("XML as text, or any file in base64."),
                required=True,
            ),
            Field("name", "text", label=_("Name of the file"), length=200),
        ),
    ),
    Action(
        "einvoicing.add_supplier",
        f"{HERE}:add_supplier",
        label=_("Add the supplier"),
        help=_("Adds the seller to the parties, with what the document says about them."),
        resource="einvoicing.received",
        when=("state", ("new",)),
    ),
    Action(
        "einvoicing.make_bill",
        f"{HERE}:make_bill",
        label=_("Make the bill"),
        help=_("Drafts the bill with its lines and taxes. The amounts must tie."),
        resource="einvoicing.received",
        when=("state", ("new",)),
        fields=(
            Field("party_id", "ref", target=Party, label=_("Supplier"), help=_("Left empty, the one that was found.")),
            Field("anyway", "boolean", label=_("Although the amounts do not tie"), default=False),
        ),
    ),
    Action(
        "einvoicing.refuse",
        f"{HERE}:refuse",
        label=_("Refuse"),
        resource="einvoicing.received",
        when=("state", ("new",)),
        fields=(Field("reason", "text", label=_("Reason"), length=200, required=True),),
    ),
]
