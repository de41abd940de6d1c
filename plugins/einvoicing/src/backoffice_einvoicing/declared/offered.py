"""Reports, jobs, events, listeners, settings and roles."""

from __future__ import annotations

from backoffice_einvoicing.kinds import SUBMISSION_STATES, SYNTAXES

from backoffice.hookspecs import Event, Field, Job, On, Report, Role, Settings, messages

_ = messages("einvoicing")

REPORTS = [
    Report(
        "einvoicing.work_list",
        "backoffice_einvoicing.reports:work_list",
        label=_("Electronic invoices to look at"),
        description=_("What is stuck, was rejected or cannot be made, and what was received and not booked."),
    )
]

JOBS = [
    Job(
        "einvoicing.submit",
        "backoffice_einvoicing.submitting:submit",
        label=_("Submit a document"),
        fields=(Field("submission", "integer", label=_("Submission"), required=True),),
        attempts=3,
    )
]

EVENTS = [
    Event(
        "einvoicing.document_issued",
        label=_("Electronic document issued"),
        fields=(
            Field("invoice", "integer", label=_("Invoice"), required=True),
            Field("digest", "code", label=_("SHA-256"), required=True),
        ),
    ),
    Event(
        "einvoicing.document_faulty",
        label=_("Electronic document cannot be made"),
        fields=(Field("invoice", "integer", label=_("Invoice"), required=True),),
    ),
    Event(
        "einvoicing.submission_ended",
        label=_("Submission ended"),
        fields=(
            Field("document", "integer", label=_("Document"), required=True),
            Field("invoice", "integer", label=_("Invoice"), required=True),
            Field("state", "choice", choices=SUBMISSION_STATES, label=_("State"), required=True),
        ),
    ),
    Event(
        "einvoicing.document_received",
        label=_("Electronic document received"),
        fields=(Field("digest", "code", label=_("SHA-256"), required=True),),
    ),
    Event(
        "einvoicing.document_booked",
        label=_("Electronic document booked"),
        fields=(Field("invoice", "integer", label=_("Bill"), required=True),),
    ),
]

LISTENERS = [On("accounting.invoice_posted", "backoffice_einvoicing.issuing:posted")]

SETTINGS = [
    Settings(
        (
            Field("at_posting", "boolean", label=_("Issue when an invoice is posted"), default=False),
            Field("syntax", "choice", label=_("Syntax"), choices=SYNTAXES, default="ubl"),
            Field(
                "authority",
                "code",
                label=_("Authority or network"),
                length=40,
                help=_("Such as zatca. Left empty, documents are written and go nowhere by themselves."),
            ),
            Field(
                "strict",
                "boolean",
                label=_("Refuse to post what cannot be issued"),
                default=False,
                help=_("Otherwise it is posted and stands on the work list."),
            ),
            Field("building", "text", label=_("Building number"), length=20),
            Field("street", "text", label=_("Street"), length=160),
            Field("additional_number", "text", label=_("Additional number"), length=20),
            Field("district", "text", label=_("District"), length=80),
            Field("city", "text", label=_("City"), length=80),
            Field("postcode", "code", label=_("Postcode"), length=16),
            Field("region", "text", label=_("Region"), length=80),
            Field(
                "registration_scheme",
                "code",
                label=_("Scheme of the registration"),
                length=16,
                help=_("Such as CRN in Saudi Arabia, or a code of ISO 6523."),
            ),
            Field(
                "endpoint_scheme",
                "code",
                label=_("Scheme of the electronic address"),
                length=16,
                help=_("Such as EM for e-mail or 0088 for a GLN."),
            ),
            Field("endpoint", "code", label=_("Electronic address"), length=120),
            Field("contact_name", "text", label=_("Contact"), length=120),
            Field("contact_phone", "phone", label=_("Telephone"), length=40),
            Field("contact_email", "email", label=_("E-mail"), length=254),
            Field("iban", "code", label=_("IBAN to pay into"), length=40),
            Field("bic", "code", label=_("BIC"), length=11),
            Field("account_name", "text", label=_("Account holder"), length=120),
        ),
        label=_("Electronic invoices"),
    )
]

READ = (
    "einvoicing.document.read",
    "einvoicing.submission.read",
    "einvoicing.received.read",
    "einvoicing.work_list",
    "accounting.invoice.read",
    "parties.party.read",
)

ROLES = [
    Role(
        "einvoicing.clerk",
        _("Keeper of electronic invoices"),
        ("einvoicing.*", *READ),
        help=_("Issues and submits documents, takes in those of suppliers."),
    ),
    Role("einvoicing.reader", _("Reader of electronic invoices"), READ, help=_("Sees documents and changes nothing.")),
]
