"""Returns: the figures of tax lines, put into the boxes of a form. Pure rules, then their reading, then filing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .codes import company_of
from .exactly import ZERO
from .models import Box, Code, CodeBox, Form, ReturnBox, TaxLine, TaxReturn

_ = messages("taxes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A line of a form as a plain value."""

    code: str
    sum_of: tuple[str, ...] = ()
    """Codes of other boxes; those to be taken off begin with a minus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The sum of tax lines of one code and direction, and where its figures go."""

    base: Decimal
    amount: Decimal
    deductible: Decimal
    reverse_charge: bool = False
    withholding: bool = False

    def figure(self, name: str) -> Decimal:
        """Return a figure by its name among the kinds of figures."""
        return {
            "base": self.base,
            "tax": self.amount,
            "deductible": self.deductible,
            "non_deductible": self.amount - self.deductible,
            "self_assessed": self.amount if self.reverse_charge else ZERO,
            "withheld": self.amount if self.withholding else ZERO,
        }[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One figure in one column of a box."""

    box: str
    side: str
    """``base`` or ``tax``."""
    amount: Decimal


Figures = dict[str, dict[str, Decimal]]
"""Box → column → amount."""


def fill(slots: Sequence[Slot], placed: Iterable[Placed], *, whole_bases: bool = False) -> Figures:
    """Return the figures of a form: what was placed in each box, and the sums of boxes.

    With ``whole_bases`` the bases are cut to whole units before they are added up. Raises
    :class:`~backoffice.core.api.InvalidInput` for a sum that names a box that is not there, or itself.
    """
    figures: Figures = {slot.code: {"base": ZERO, "tax": ZERO} for slot in slots}
    for one in placed:
        figures[one.box][one.side] += one.amount
    if whole_bases:
        for columns in figures.values():
            columns["base"] = columns["base"].quantize(Decimal(1), rounding=ROUND_DOWN)
    by_code = {slot.code: slot for slot in slots}
    done: set[str] = set()
    for slot in slots:
        _sum(slot, by_code, figures, done, ())
    return figures


def _sum(slot: Slot, slots: Mapping[str, Slot], figures: Figures, done: set[str], way: tuple[str, ...]) -> None:
    if slot.code in done:
        return
    if slot.code in way:
        raise InvalidInput(_("The box {code} is a sum of itself.").with_values(code=slot.code))
    for named in slot.sum_of:
        code, sign = named.removeprefix("-"), -1 if named.startswith("-") else 1
        if code not in slots:
            raise InvalidInput(
                _("The box {code} adds up {other}, which is not on the form.").with_values(code=slot.code, other=code)
            )
        _sum(slots[code], slots, figures, done, (*way, slot.code))
        for side in ("base", "tax"):
            figures[slot.code][side] += sign * figures[code][side]
    done.add(slot.code)


# -- reading ---------------------------------------------------------------------------------------------------------


def form_of(session: Session, form_id: int) -> Form:
    """Return a form with its boxes. Raises :class:`~backoffice.core.api.InvalidInput` when there is none."""
    form = session.scalars(sa.select(Form).where(Form.id == form_id).options(selectinload(Form.boxes))).one_or_none()
    if form is None:
        said = _("There is no such form.")
        raise InvalidInput(said, fields={"form": [said]})
    return form


def lines_in(session: Session, form: Form, start: date, end: date) -> sa.ColumnElement[bool]:
    """Return the condition under which tax lines belong to the return of a form over a span of days.

    Those dated within it, and those dated within a span that was filed before they were written: they are declared
    with the next return.
    """
    company = company_of(session)
    filed = session.scalar(
        sa.select(sa.func.max(TaxReturn.end_date)).where(
            TaxReturn.company_id == company.id, TaxReturn.form_id == form.id, TaxReturn.end_date < start
        )
    )
    within = TaxLine.date.between(start, end)
    late = sa.and_(TaxLine.date <= filed, TaxLine.return_id.is_(None)) if filed is not None else sa.false()
    return sa.and_(TaxLine.company_id == company.id, TaxLine.country == form.country, sa.or_(within, late))


def figures_of(session: Session, form: Form, condition: sa.ColumnElement[bool]) -> Figures:
    """Return the figures of a form over the tax lines that fulfil ``condition``."""
    slots = [Slot(code=box.code, sum_of=tuple((box.sum_of or "").split())) for box in form.boxes]
    boxes = {box.id: box.code for box in form.boxes}
    return fill(slots, _placed(session, boxes, condition), whole_bases=form.whole_bases)


def _placed(session: Session, boxes: Mapping[int, str], condition: sa.ColumnElement[bool]) -> list[Placed]:
    sums = session.execute(
        sa.select(
            TaxLine.tax_id, TaxLine.direction, TaxLine.box_id, sa.func.sum(TaxLine.base).label("base"),
            sa.func.sum(TaxLine.amount).label("amount"), sa.func.sum(TaxLine.deductible).label("deductible"),
        )
        .where(condition)
        .group_by(TaxLine.tax_id, TaxLine.direction, TaxLine.box_id)
    ).all()  # fmt: skip
    codes = _codes(session, {row.tax_id for row in sums if row.tax_id is not None})
    placed = []
    for row in sums:
        if row.box_id is not None:
            if row.box_id in boxes:
                for side, amount in (("base", row.base), ("tax", row.amount)):
                    placed.append(Placed(box=boxes[row.box_id], side=side, amount=amount))
            continue
        code = codes[row.tax_id]
        posted = Posted(
            base=row.base, amount=row.amount, deductible=row.deductible,
            reverse_charge=code.reverse_charge, withholding=code.withholding,
        )  # fmt: skip
        placed += [
            Placed(box=boxes[one.box_id], side=one.side, amount=_signed(posted.figure(one.figure), one))
            for one in code.boxes
            if one.box_id in boxes and one.used_for in {"both", row.direction}
        ]
    return placed


def _signed(amount: Decimal, one: CodeBox) -> Decimal:
    return -amount if one.negative else amount


def _codes(session: Session, ids: Iterable[int]) -> dict[int, Code]:
    rows = session.scalars(sa.select(Code).where(Code.id.in_(sorted(ids))).options(selectinload(Code.boxes)))
    return {row.id: row for row in rows}


def filed(session: Session, form: Form, start: date, end: date) -> TaxReturn | None:
    """Return the return that was filed over exactly these days, or ``None``."""
    found: TaxReturn | None = session.scalars(
        sa.select(TaxReturn)
        .where(
            TaxReturn.company_id == session.company_id, TaxReturn.form_id == form.id,
            TaxReturn.start_date == start, TaxReturn.end_date == end,
        )
        .options(selectinload(TaxReturn.boxes), joinedload(TaxReturn.form))
    ).one_or_none()  # fmt: skip
    return found


def figures_filed(tax_return: TaxReturn, form: Form) -> Figures:
    """Return the figures of a return as they were filed."""
    codes = {box.id: box.code for box in form.boxes}
    figures: Figures = {box.code: {"base": ZERO, "tax": ZERO} for box in form.boxes}
    for one in tax_return.boxes:
        if one.box_id in codes:
            figures[codes[one.box_id]] = {"base": one.base or ZERO, "tax": one.tax or ZERO}
    return figures


def file(session: Session, form: Form, start: date, end: date, reference: str) -> TaxReturn:
    """Keep the figures of a return as they are now, mark its tax lines as declared in it, and return it.

    Raises :class:`~backoffice.core.api.RuleBroken` when days of it were declared already.
    """
    company = company_of(session)
    _require_new(session, form, company.id, start, end)
    condition = sa.and_(lines_in(session, form, start, end), TaxLine.return_id.is_(None))
    figures = figures_of(session, form, condition)
    done = TaxReturn(
        form_id=form.id, start_date=start, end_date=end, reference=reference, filed_at=session.now(),
        currency=company.currency, boxes=[_kept(box, figures[box.code]) for box in form.boxes],
    )  # fmt: skip
    session.add(done)
    session.flush()
    session.execute(
        sa.update(TaxLine).where(condition).values(return_id=done.id),
        execution_options={"synchronize_session": False},
    )
    session.emit(
        "taxes.return_filed", done, form=form.code, start=start, end=end, reference=reference,
        currency=company.currency,
    )  # fmt: skip
    return done


def _kept(box: Box, columns: Mapping[str, Decimal]) -> ReturnBox:
    asked = {"both": ("base", "tax"), "base": ("base",), "tax": ("tax",)}[box.shown]
    return ReturnBox(box_id=box.id, **{side: columns[side] for side in asked})


def _require_new(session: Session, form: Form, company_id: int, start: date, end: date) -> None:
    if start > end:
        said = _("The return would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})
    overlapping = session.scalars(
        sa.select(TaxReturn.reference).where(
            TaxReturn.company_id == company_id, TaxReturn.form_id == form.id, TaxReturn.start_date <= end,
            TaxReturn.end_date >= start,
        )
    ).first()  # fmt: skip
    if overlapping is not None:
        raise RuleBroken(
            _("Days of this return were declared already, in {reference}.").with_values(reference=overlapping),
            remedy=_("What was missed then is declared with the next return by itself."),
        )
