"""Documents, settings and roles."""

from __future__ import annotations

from backoffice_accounting.kinds import DOCUMENT_ACCOUNTS, PURPOSES
from backoffice_accounting.models import Account

from backoffice.hookspecs import Document, Field, Role, Settings, messages

from . import owed, papers

_ = messages("accounting")

POSTING = {"park": _("Is put on the work list"), "strict": _("Fails, and what asked for it with it")}

HERE = "backoffice_accounting.documents"

DOCUMENTS = [
    Document(
        "accounting.invoice",
        "accounting.invoice",
        "accounting/invoice.html",
        f"{HERE}:invoice_context",
        label=_("Invoice"),
        filename=f"{HERE}:invoice_filename",
        language=f"{HERE}:invoice_language",
    ),
    *owed.DOCUMENTS,
    *papers.DOCUMENTS,
]

SETTINGS = [
    Settings(
        tuple(
            Field(f"{purpose}_account", "ref", target=Account, label=label)
            for purpose, label in {**DOCUMENT_ACCOUNTS, **PURPOSES}.items()
        ),
        label=_("Accounts"),
    ),
    Settings(
        (
            Field(
                "posting",
                "choice",
                choices=POSTING,
                label=_("What cannot be posted"),
                help=_("What other plugins ask to post, when an account is missing or a period is closed."),
                default="park",
            ),
        ),
        label=_("Postings other plugins ask for"),
    ),
    Settings(
        (
            Field(
                "payment_days",
                "integer",
                label=_("Days to pay"),
                help=_("An invoice without a due date is due so many days after its date."),
                default=30,
                minimum=0,
                maximum=365,
            ),
            Field(
                "smallest_coin",
                "money",
                label=_("Smallest coin"),
                help=_("Totals paid in cash are rounded to it where a document asks for it."),
                minimum=0,
            ),
            Field(
                "instalments_converted",
                "choice",
                label=_("Instalments in foreign currencies are converted"),
                choices={"together": _("Together"), "each": _("Each by itself")},
                default="together",
            ),
        ),
        label=_("Invoices"),
    ),
]

READ = (
    "accounting.account.read",
    "accounting.journal.read",
    "accounting.fiscal_year.read",
    "accounting.period.read",
    "accounting.entry.read",
    "accounting.invoice.read",
    "accounting.payment.read",
    "accounting.terms.read",
    "accounting.agreement.read",
    "accounting.open_item.read",
    "accounting.settlement.read",
    "accounting.revaluation.read",
    "accounting.reminder.read",
    "accounting.reminder_level.read",
    "accounting.payment_run.read",
    "accounting.aged_receivables",
    "accounting.aged_payables",
    "accounting.open_items",
    "taxes.code.read",
    "accounting.book.read",
    "accounting.export_books",
    "accounting.trial_balance",
    "accounting.general_ledger",
    "accounting.journal",
    "accounting.account_choice.read",
    "accounting.parked.read",
    "accounting.account_choices",
    "accounting.closing_checklist",
    "accounting.statement.read",
    "accounting.statement",
    "accounting.balance_sheet",
    "accounting.profit_and_loss",
    "accounting.cash_flow",
    "accounting.changes_in_equity",
    "accounting.recurring.read",
    "accounting.batch.read",
    "accounting.budget.read",
    "accounting.budget_variance",
    "accounting.voucher.read",
    "accounting.cheque.read",
    "accounting.cheques_due",
    "accounting.dimension.read",
    "accounting.dimension_value.read",
    "accounting.lock.read",
    "accounting.lock_exception.read",
    "parties.party.read",
)

WRITE = (
    "accounting.entry.create",
    "accounting.entry.change",
    "accounting.entry.delete",
    "accounting.invoice.create",
    "accounting.invoice.change",
    "accounting.invoice.delete",
    "accounting.post_entry",
    "accounting.post_draft",
    "accounting.issue_invoice",
    "accounting.post_invoice",
    "accounting.credit_invoice",
    "accounting.record_payment",
    "accounting.record_money",
    "accounting.settle_items",
    "accounting.settle_party",
    "accounting.hold_invoice",
    "accounting.remind",
    "accounting.send_reminder",
    "accounting.drop_reminder",
    "accounting.send_statement",
    "accounting.propose_payments",
    "accounting.payment_run.change",
    "accounting.drop_payment_run",
    "accounting.send_invoice",
    "accounting.retry_parked",
    "accounting.retry_all_parked",
    "accounting.voucher.create",
    "accounting.voucher.change",
    "accounting.voucher.delete",
    "accounting.post_voucher",
    "accounting.receive_cheque",
    "accounting.issue_cheque",
    "accounting.move_cheque",
    "parties.party.create",
    "parties.party.change",
)

ROLES = [
    Role(
        "accounting.bookkeeper",
        _("Bookkeeper"),
        (*READ, *WRITE),
        help=_("Writes and posts entries, invoices and payments; reverses nothing and closes no period."),
    ),
    Role(
        "accounting.accountant",
        _("Accountant"),
        ("accounting.*", "parties.party.read", "parties.party.create", "parties.party.change"),
        help=_("Keeps the books: everything in accounting, closing and reversing included."),
    ),
    Role("accounting.auditor", _("Auditor"), READ, help=_("Sees everything in the books and changes nothing.")),
]
