"""Layouts of statements: the lines of a balance sheet, a profit and loss account or what a country asks for."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .base import Base

_ = messages("accounting")

STATEMENT_KINDS = {
    "balance": _("Balances on a day"),
    "result": _("What moved in a span of days"),
    "equity": _("Opening, movements and closing"),
}
LINE_KINDS = {"heading": _("Heading"), "accounts": _("Accounts"), "sum": _("Sum of lines")}
MEASURES = {
    "usual": _("As the statement"),
    "closing": _("Balance at the end"),
    "opening": _("Balance at the beginning"),
    "movement": _("What moved"),
    "cash": _("What cash was received or paid for them"),
}


class Statement(OfCompany, Record, Base):
    """A layout of a statement; one with the code of a ready-made one takes its place."""

    __tablename__ = "accounting_statement"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(160, label=_("Name"), search=True)
    kind: Mapped[str] = field.choice(STATEMENT_KINDS, label=_("Kind"), default="result")
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    lines: Mapped[list[StatementLine]] = to_many("StatementLine.statement_id", back_populates="statement")


class StatementLine(Row, Base):
    """A line of a layout: a heading, the sum of some accounts, or of other lines."""

    __tablename__ = "accounting_statement_line"
    __part_of__ = "statement_id"
    __referenced__ = False

    statement_id: Mapped[int] = field.ref(Statement, label=_("Statement"))
    sequence: Mapped[int] = field.integer(label=_("Order"), default=0)
    code: Mapped[str] = field.code(40, label=_("Code"))
    name: Mapped[str] = field.text(200, label=_("Name"))
    name_ar: Mapped[str | None] = field.text(200, label=_("Name in Arabic"))
    kind: Mapped[str] = field.choice(LINE_KINDS, label=_("Kind"), default="accounts")
    accounts: Mapped[str | None] = field.text(
        400,
        label=_("Accounts"),
        help=_("Such as subtype:bank, type:income, code:4000-4999, code:61*, purpose:wages, rest:asset."),
    )
    adds: Mapped[str | None] = field.text(400, label=_("Sum of"), help=_("Codes of lines, such as A + B - C."))
    measure: Mapped[str] = field.choice(MEASURES, label=_("Figure"), default="usual")
    turned: Mapped[bool] = field.yes_no(label=_("Credit is positive"))
    level: Mapped[int] = field.integer(label=_("Indent"), default=1)

    of_statement = Indexed("statement_id", "sequence")
    statement: Mapped[Statement] = to_one(statement_id, back_populates="lines")
