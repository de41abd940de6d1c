"""What is kept of banks: accounts, statements and their lines, what each line was matched to, rules, CSV mappings."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_accounting.api import Account, Journal
from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    Must,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from .reading import FORMATS

_ = messages("banking")

Base: Any = plugin_base("banking")

LINE_STATES = {"open": _("To do"), "matched": _("Done"), "ignored": _("Left out")}
KINDS = {"statement": _("Statement"), "interim": _("Interim report"), "notice": _("Notice")}
MATCH_KINDS = {
    "invoice": _("Paid invoice"),
    "account": _("Account"),
    "transfer": _("Transfer between own accounts"),
    "entry": _("Entry in the books"),
}
HOW = {"hand": _("By hand"), "rule": _("By rule"), "automatic": _("By itself")}
TEXTS = {
    "any": _("Any text"),
    "description": _("Description"),
    "party": _("Name of the other side"),
    "account": _("Account of the other side"),
    "reference": _("Reference"),
    "code": _("Code of the bank"),
}
TESTS = {"contains": _("contains"), "equals": _("is"), "starts": _("begins with"), "regex": _("matches the pattern")}
SIGNS = {"both": _("Money in and out"), "in": _("Money in"), "out": _("Money out")}
MARKS = {".": _("Point"), ",": _("Comma")}
NOUGHT = Decimal(0)


class CsvFormat(OfCompany, Record, Base):
    """How the CSV files of a bank are read: which column is what."""

    __tablename__ = "banking_csv_format"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.text(120, label=_("Name"), search=True)
    date: Mapped[str] = field.text(80, label=_("Date"), help=_("Columns are named by their head, or by number from 1."))
    value_date: Mapped[str | None] = field.text(80, label=_("Value date"))
    amount: Mapped[str | None] = field.text(80, label=_("Amount"), help=_("Below zero for money paid."))
    money_in: Mapped[str | None] = field.text(80, label=_("Money in"), help=_("Where there are two columns."))
    money_out: Mapped[str | None] = field.text(80, label=_("Money out"))
    sign: Mapped[str | None] = field.text(
        80, label=_("Debit or credit"), help=_("A column whose words say whether money was paid.")
    )
    out_words: Mapped[str | None] = field.text(
        120, label=_("Words for money paid"), help=_("Parted by commas; left empty, debit and the like.")
    )
    description: Mapped[str | None] = field.text(200, label=_("Description"), help=_("Columns parted by commas."))
    party_name: Mapped[str | None] = field.text(80, label=_("Name of the other side"))
    party_account: Mapped[str | None] = field.text(80, label=_("Account of the other side"))
    reference: Mapped[str | None] = field.text(80, label=_("Reference"))
    bank_reference: Mapped[str | None] = field.text(80, label=_("Reference of the bank"))
    check_number: Mapped[str | None] = field.text(80, label=_("Number of the cheque"))
    balance: Mapped[str | None] = field.text(80, label=_("Balance"))
    currency: Mapped[str | None] = field.text(80, label=_("Currency"))
    account: Mapped[str | None] = field.text(80, label=_("Account"))
    date_format: Mapped[str | None] = field.text(
        40, label=_("Form of dates"), help=_("Such as %d/%m/%Y; left empty, it is found out.")
    )
    decimal_mark: Mapped[str] = field.choice(MARKS, label=_("Decimal mark"), default=".")
    delimiter: Mapped[str | None] = field.text(1, label=_("Sign between cells"))
    encoding: Mapped[str | None] = field.code(20, label=_("Character set"))
    skip: Mapped[int] = field.integer(label=_("Lines before the head"), default=0, minimum=0, maximum=100)
    head: Mapped[bool] = field.yes_no(default=True, label=_("Has a head"))
    inverted: Mapped[bool] = field.yes_no(label=_("Money paid is above zero"))

    unique = UniqueInCompany("code")


class BankAccount(OfCompany, Record, Base):
    """An account at a bank, with the account of the books it stands for."""

    __tablename__ = "banking_account"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.text(120, label=_("Name"), search=True)
    number: Mapped[str | None] = field.code(
        40, label=_("IBAN or account number"), search=True, help=_("Files find their account by it.")
    )
    bank: Mapped[str | None] = field.text(120, label=_("Bank"))
    bic: Mapped[str | None] = field.code(11, label=_("BIC"))
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="", help=_("Left empty, the company's own."))
    journal_id: Mapped[int] = field.ref(Journal, label=_("Journal"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account in the books"), help=_("One for each bank account."))
    mapping_id: Mapped[int | None] = field.ref(CsvFormat, label=_("Mapping for CSV"))
    tolerance: Mapped[Decimal] = field.money(
        currency="currency", label=_("Small differences up to"), default=NOUGHT, minimum=0,
        help=_("Proposals may differ by so much; the rest is written off."),
    )  # fmt: skip
    difference_account_id: Mapped[int | None] = field.ref(
        Account, label=_("Account for differences"), help=_("Left empty, that for rounding differences.")
    )
    automatic: Mapped[bool] = field.yes_no(
        default=True, label=_("Match by itself"), help=_("After an import, what is certain is matched by a job.")
    )
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    one_account = UniqueInCompany("account_id")
    by_code = Indexed("code", "id")
    ledger_account: Mapped[Account] = to_one(account_id, argument=Account)
    journal: Mapped[Journal] = to_one(journal_id, argument=Journal)
    mapping: Mapped[CsvFormat | None] = to_one(mapping_id)


class Statement(OfCompany, Record, Base):
    """A statement of a bank account, as a file told it."""

    __tablename__ = "banking_statement"
    __title__ = "number"

    bank_account_id: Mapped[int] = field.ref(BankAccount, label=_("Bank account"))
    number: Mapped[str | None] = field.code(60, label=_("Number"), search=True)
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), default="statement")
    first_date: Mapped[datetime.date] = field.day(label=_("From"))
    last_date: Mapped[datetime.date] = field.day(label=_("Until"))
    currency: Mapped[str] = field.code(3, label=_("Currency"))
    opening: Mapped[Decimal | None] = field.money(currency="currency", label=_("Opening balance"))
    closing: Mapped[Decimal | None] = field.money(currency="currency", label=_("Closing balance"))
    count: Mapped[int] = field.integer(label=_("Lines"), default=0)
    repeated: Mapped[int] = field.integer(label=_("Lines that were there already"), default=0)
    format: Mapped[str] = field.choice(FORMATS, label=_("Format"))
    file_name: Mapped[str | None] = field.text(200, label=_("File"), search=True)
    file_hash: Mapped[str] = field.code(64, label=_("Fingerprint of the file"))

    by_account = Indexed("bank_account_id", "last_date", "id")
    by_file = Indexed("file_hash")
    by_last = Indexed("last_date", "id")
    account: Mapped[BankAccount] = to_one(bank_account_id)
    lines: Mapped[list[Line]] = to_many("Line.statement_id", back_populates="statement")


class Line(OfCompany, Record, Base):
    """A line of a statement: what the bank booked, above zero for money received."""

    __tablename__ = "banking_line"
    __title__ = "description"
    __part_of__ = "statement_id"

    statement_id: Mapped[int] = field.ref(Statement, label=_("Statement"), read_only=True)
    bank_account_id: Mapped[int] = field.ref(BankAccount, label=_("Bank account"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    value_date: Mapped[datetime.date | None] = field.day(label=_("Value date"), read_only=True)
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Amount"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    description: Mapped[str] = field.text(1000, label=_("Description"), search=True, read_only=True, default="")
    party_name: Mapped[str | None] = field.text(
        200, label=_("Name of the other side"), search=True, read_only=True, personal=True
    )
    party_account: Mapped[str | None] = field.code(
        40, label=_("Account of the other side"), search=True, read_only=True, personal=True
    )
    party_bank: Mapped[str | None] = field.code(40, label=_("Bank of the other side"), read_only=True)
    reference: Mapped[str | None] = field.code(140, label=_("Reference"), search=True, read_only=True)
    end_to_end: Mapped[str | None] = field.code(80, label=_("End-to-end reference"), read_only=True)
    mandate: Mapped[str | None] = field.code(80, label=_("Mandate"), read_only=True)
    bank_reference: Mapped[str | None] = field.code(140, label=_("Reference of the bank"), read_only=True)
    check_number: Mapped[str | None] = field.code(40, label=_("Number of the cheque"), read_only=True)
    code: Mapped[str | None] = field.code(60, label=_("Code of the bank"), read_only=True)
    charges: Mapped[Decimal | None] = field.money(currency="currency", label=_("Charges of the bank"), read_only=True)
    original_amount: Mapped[Decimal | None] = field.money(
        currency="original_currency", label=_("Amount ordered"), read_only=True
    )
    original_currency: Mapped[str | None] = field.code(3, label=_("Currency ordered"), read_only=True)
    exchange_rate: Mapped[Decimal | None] = field.rate(label=_("Rate of the bank"), read_only=True)
    details: Mapped[Any] = field.data(label=_("Transactions in it"), read_only=True, nullable=True)
    identity: Mapped[str] = field.code(80, label=_("Identity"), read_only=True)
    state: Mapped[str] = field.choice(LINE_STATES, label=_("State"), default="open", read_only=True)
    note: Mapped[str | None] = field.text(200, label=_("Note"), read_only=True)

    same_once = UniqueInCompany("bank_account_id", "identity")
    of_statement = Indexed("statement_id", "id")
    by_date = Indexed("date", "id")
    left = Indexed("bank_account_id", "date", "id", where="state = 'open'")
    statement: Mapped[Statement] = to_one(statement_id, back_populates="lines")
    account: Mapped[BankAccount] = to_one(bank_account_id)


class Match(OfCompany, Record, Base):
    """What a line, or a part of it, was matched to. Taken back, it stays on record."""

    __tablename__ = "banking_match"
    __title__ = "kind"

    line_id: Mapped[int] = field.ref(Line, label=_("Line"))
    kind: Mapped[str] = field.choice(MATCH_KINDS, label=_("Matched to"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"))
    entry_id: Mapped[int | None] = field.ref("accounting_entry", label=_("Entry"))
    invoice_id: Mapped[int | None] = field.ref("accounting_invoice", label=_("Invoice"))
    payment_id: Mapped[int | None] = field.ref("accounting_payment", label=_("Payment"))
    account_id: Mapped[int | None] = field.ref(Account, label=_("Account"))
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"))
    how: Mapped[str] = field.choice(HOW, label=_("How"), default="hand")
    rule_id: Mapped[int | None] = field.ref("banking_rule", label=_("Rule"))
    why: Mapped[str | None] = field.text(300, label=_("Why"))
    undone: Mapped[bool] = field.yes_no(label=_("Taken back"))

    of_line = Indexed("line_id", "id")
    of_entry = Indexed("entry_id", where="entry_id IS NOT NULL")
    some = Must("some", "amount <> 0")
    line: Mapped[Line] = to_one(line_id)


class Rule(OfCompany, Record, Base):
    """A rule: lines that look like this go there."""

    __tablename__ = "banking_rule"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.text(120, label=_("Name"), search=True)
    sequence: Mapped[int] = field.integer(label=_("Order"), default=10, help=_("The first rule that fits counts."))
    bank_account_id: Mapped[int | None] = field.ref(
        BankAccount, label=_("Bank account"), help=_("Left empty, every one.")
    )
    place: Mapped[str] = field.choice(TEXTS, label=_("Where"), default="any")
    test: Mapped[str] = field.choice(TESTS, label=_("Test"), default="contains")
    words: Mapped[str | None] = field.text(200, label=_("Words"), help=_("Capitals and accents do not matter."))
    sign: Mapped[str] = field.choice(SIGNS, label=_("Direction"), default="both")
    least: Mapped[Decimal | None] = field.money(label=_("Amount from"), minimum=0)
    most: Mapped[Decimal | None] = field.money(label=_("Amount until"), minimum=0)
    automatic: Mapped[bool] = field.yes_no(label=_("Match by itself"), help=_("Else the rule only proposes."))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    in_order = Indexed("sequence", "id")
    parts: Mapped[list[RulePart]] = to_many("RulePart.rule_id", back_populates="rule")


class RulePart(Row, Base):
    """Where a line that fits a rule goes, or a share of it."""

    __tablename__ = "banking_rule_part"
    __part_of__ = "rule_id"
    __referenced__ = False

    rule_id: Mapped[int] = field.ref(Rule, label=_("Rule"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"))
    share: Mapped[Decimal | None] = field.percent(
        label=_("Share in percent"), help=_("Left empty, what the other parts leave.")
    )
    amount: Mapped[Decimal | None] = field.money(label=_("Fixed amount"))
    text: Mapped[str | None] = field.text(200, label=_("Text"))
    tax: Mapped[str | None] = field.code(
        32, label=_("Tax"), help=_("Code of a tax that is contained; it is booked apart.")
    )

    of_rule = Indexed("rule_id")
    rule: Mapped[Rule] = to_one(rule_id, back_populates="parts")
