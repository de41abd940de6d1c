"""Tax lines and returns: documents tie to boxes, whatever happens to them."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_taxes.api import (
    Line,
    Source,
    compute,
    fall_due,
    of_source,
    record,
    record_many,
    rounding_of,
    take_back,
    taxes_by_code,
)
from backoffice_taxes.models import TaxLine

from backoffice.core.api import AlreadyExists, BackofficeError, InvalidInput, NotFound, RuleBroken
from backoffice.core.office import Question

D = Decimal

Q1 = {"from": "2026-01-01", "until": "2026-03-31"}


def write(desk, key, price, code, *, day="2026-01-15", direction="sale", quantity=1, **how):
    """Write the tax lines of a document with one line, and return how many there are."""

    def work(session):
        when = date.fromisoformat(day)
        tax = taxes_by_code(session, [code], when)[code]
        line = Line(unit_price=D(price), quantity=D(quantity), taxes=(tax,))
        document = compute([line], how.get("currency", "SAR"), rounding=rounding_of(session), direction=direction)
        return len(record(session, document, Source(plugin="tests", key=key, number=key, date=when), **how))

    return desk.run(work)


def boxes(desk, **span):
    table = desk.report("taxes.tax_return", {"form": "SA-VAT", **Q1, **span})
    return {row.cells[0]: row.cells[2:] for row in table.rows}


def test_a_quarter_goes_into_its_boxes(desk):
    write(desk, "INV1", "1000", "SA-S")
    write(desk, "INV2", "200", "SA-S", day="2026-03-31")
    write(desk, "CRN1", "100", "SA-S", quantity=-1, day="2026-02-01")
    write(desk, "INV3", "500", "SA-SX")
    write(desk, "BILL1", "400", "SA-P", direction="purchase")
    write(desk, "BILL2", "300", "SA-PN", direction="purchase")
    write(desk, "BILL3", "700", "SA-PR", direction="purchase")
    write(desk, "LATER", "9999", "SA-S", day="2026-04-01")
    found = boxes(desk)
    assert found["1"] == (1100, 165)
    assert found["4"] == (500, None)
    assert found["6"] == (1600, 165)
    assert found["7"] == (400, 60)
    assert found["9"] == (700, 0)
    assert found["16"] == (None, 105)


def test_the_sums_by_code_are_those_of_the_boxes(desk):
    write(desk, "INV1", "1000", "SA-S")
    write(desk, "BILL1", "400", "SA-P", direction="purchase")
    rows = desk.report("taxes.by_code", Q1).rows
    assert [row.cells[:1] + row.cells[4:] for row in rows] == [
        ("SA-S", 1000, 150, None),
        ("SA-P", 400, 60, 60),
    ]
    link = rows[0].link
    behind = desk.report(link.report, {**Q1, "tax": link.parameters["tax"]}).rows
    assert [row.cells[1] for row in behind] == ["INV1"]


def test_the_documents_behind_a_box_are_listed(desk):
    write(desk, "INV1", "1000", "SA-S")
    write(desk, "INV2", "500", "SA-SX")
    table = desk.report("taxes.tax_return", {"form": "SA-VAT", **Q1})
    box = next(row for row in table.rows if row.cells[0] == "4")
    behind = desk.report("taxes.lines", {**Q1, "box": box.link.parameters["box"]}).rows
    assert [row.cells[1] for row in behind] == ["INV2"]


def test_a_document_is_recorded_once(desk):
    write(desk, "INV1", "1000", "SA-S")
    with pytest.raises(AlreadyExists):
        write(desk, "INV1", "1000", "SA-S")


def test_many_documents_are_recorded_at_once(desk):
    def work(session):
        tax = taxes_by_code(session, ["SA-S"], date(2026, 1, 15))["SA-S"]
        document = compute([Line(unit_price=D(100), taxes=(tax,))], "SAR")
        sources = [Source(plugin="tests", key=f"INV{n}", number=f"INV{n}", date=date(2026, 1, 15)) for n in range(30)]
        return [row["amount"] for row in record_many(session, [(document, source, None, None) for source in sources])]

    assert sum(desk.run(work)) == 450
    assert boxes(desk)["1"] == (3000, 450)
    assert [line.source_key for line in desk.list("taxes.tax_line", Question(search="inv29")).records] == ["INV29"]
    with pytest.raises(AlreadyExists):
        desk.run(work)


def test_a_document_in_a_foreign_currency_keeps_both_amounts(desk):
    write(desk, "INV1", "100", "SA-S", currency="USD", rate=D("3.75"))
    with desk.reading() as session:
        [line] = of_source(session, "tests", "INV1")
        assert (line.base, line.amount, line.document_currency, line.document_amount) == (375, D("56.25"), "USD", 15)
    with pytest.raises(RuleBroken, match="rate of exchange"):
        write(desk, "INV2", "100", "SA-S", currency="USD")


CHANGES = [
    sa.update(TaxLine).values(amount=D(1)),
    sa.update(TaxLine).values(date=date(2025, 1, 1)),
    sa.delete(TaxLine),
]


def test_the_database_refuses_to_change_a_tax_line(desk):
    write(desk, "INV1", "1000", "SA-S")
    for statement in CHANGES:
        with pytest.raises(BackofficeError, match="cannot be"):
            desk.run(lambda session, statement=statement: session.execute(statement))


def test_a_used_code_keeps_what_it_is(desk):
    write(desk, "INV1", "1000", "SA-S")
    code = desk.get("taxes.code", "SA-S")
    with pytest.raises(RuleBroken, match="what it is stays"):
        desk.execute("taxes.code.change", id=code.id, withholding=True)
    desk.execute("taxes.code.change", id=code.id, name="Another name")


def test_a_document_is_taken_back_on_another_day(desk):
    write(desk, "INV1", "1000", "SA-S")
    desk.run(lambda session: take_back(session, plugin="tests", key="INV1", part="cancelled", day=date(2026, 4, 2)))
    assert boxes(desk)["1"] == (1000, 150)
    assert boxes(desk, **{"from": "2026-04-01", "until": "2026-06-30"})["1"] == (-1000, -150)
    with pytest.raises(NotFound):
        desk.run(lambda session: take_back(session, plugin="tests", key="NONE", part="x", day=date(2026, 4, 2)))


# -- due on payment ----------------------------------------------------------------------------------------------------


@pytest.fixture
def cash(desk):
    """A code like that of Saudi Arabia, due on payment."""
    box = desk.get("taxes.code", "SA-S").id
    with desk.reading() as session:
        from backoffice_taxes.models import CodeBox

        ids = session.scalars(sa.select(CodeBox.box_id).where(CodeBox.code_id == box).order_by(CodeBox.id)).all()
    desk.execute(
        "taxes.code.create", code="CASH", name="On payment", country="SA", due="payment", rates=[{"rate": "10"}],
        boxes=[{"box": ids[0], "side": "base", "figure": "base"}, {"box": ids[1], "side": "tax", "figure": "tax"}],
    )  # fmt: skip
    return "CASH"


def pay(desk, key, part, paid, *, before, total, day="2026-02-01"):
    desk.run(
        lambda session: fall_due(
            session,
            plugin="tests",
            key=key,
            part=part,
            day=date.fromisoformat(day),
            total=D(total),
            paid_before=D(before),
            paid=D(paid),
        )
    )


def test_a_tax_due_on_payment_is_declared_when_it_is_paid(desk, cash):
    write(desk, "INV1", "100", cash)
    assert boxes(desk)["1"] == (0, 0)
    assert [row.cells[3:] for row in desk.report("taxes.waiting").rows] == [(100, 10)]
    pay(desk, "INV1", "payment/1", "60", before="0", total="110")
    assert boxes(desk)["1"] == (D("54.55"), D("5.45"))
    assert [row.cells[3:] for row in desk.report("taxes.waiting").rows] == [(D("45.45"), D("4.55"))]
    pay(desk, "INV1", "payment/2", "50", before="60", total="110", day="2026-04-01")
    assert desk.report("taxes.waiting").rows == []
    assert boxes(desk)["1"] == (D("54.55"), D("5.45"))


def test_what_waits_can_be_taken_back(desk, cash):
    write(desk, "INV1", "100", cash)
    pay(desk, "INV1", "payment/1", "55", before="0", total="110")
    desk.run(lambda session: take_back(session, plugin="tests", key="INV1", part="credit", day=date(2026, 3, 1)))
    assert desk.report("taxes.waiting").rows == []
    assert boxes(desk)["1"] == (0, 0)


# -- filing ------------------------------------------------------------------------------------------------------------


def file(desk, reference="R1", **span):
    return desk.execute("taxes.file_return", {"form": "SA-VAT", "reference": reference, **Q1, **span})


def test_a_filed_return_stays_and_what_comes_late_is_declared_with_the_next(desk):
    write(desk, "INV1", "1000", "SA-S")
    file(desk)
    write(desk, "LATE", "100", "SA-S", day="2026-02-01")
    write(desk, "INV2", "200", "SA-S", day="2026-05-01")
    assert boxes(desk)["1"] == (1000, 150)
    q2 = {"from": "2026-04-01", "until": "2026-06-30"}
    assert boxes(desk, **q2)["1"] == (300, 45)
    file(desk, "R2", **q2)
    assert boxes(desk, **q2)["1"] == (300, 45)
    assert boxes(desk, **{"from": "2026-07-01", "until": "2026-09-30"})["1"] == (0, 0)


def test_days_are_declared_once(desk):
    file(desk)
    with pytest.raises(RuleBroken, match="R1"):
        file(desk, "R2", until="2026-06-30")
    with pytest.raises(InvalidInput):
        file(desk, "R3", **{"from": "2026-09-01", "until": "2026-08-01"})


def test_a_filed_line_is_not_declared_again(desk):
    write(desk, "INV1", "1000", "SA-S")
    file(desk)
    with pytest.raises(BackofficeError, match="declared once"):
        desk.run(lambda session: session.execute(sa.update(TaxLine).values(return_id=None)))


def test_filing_is_said_and_told_on_the_report(desk):
    file(desk)
    table = desk.report("taxes.tax_return", {"form": "SA-VAT", **Q1})
    assert "R1" in table.notes[0]
    with desk.reading() as session:
        from backoffice.core.events.models import EventRow

        facts = session.scalars(sa.select(EventRow.facts).where(EventRow.name == "taxes.return_filed")).one()
    assert (facts["form"], facts["end"]) == ("SA-VAT", "2026-03-31")


def test_an_adjustment_goes_straight_into_its_box(desk):
    desk.execute("taxes.adjust", box="SA.15", date="2026-01-31", amount="40", reason="Credit of December")
    write(desk, "INV1", "1000", "SA-S")
    assert boxes(desk)["16"] == (None, 110)
    for wrong in ({"box": "SA.16", "amount": "1"}, {"box": "SA.14"}):
        with pytest.raises(InvalidInput):
            desk.execute("taxes.adjust", {"date": "2026-01-31", "reason": "x", **wrong})


def test_whole_units_are_cut_where_the_form_asks_for_them():
    from backoffice_taxes.returns import Placed, Slot, fill

    placed = [Placed(box="81", side="base", amount=D("100.99")), Placed(box="81", side="tax", amount=D("19.19"))]
    assert fill([Slot(code="81")], placed, whole_bases=True)["81"] == {"base": 100, "tax": D("19.19")}
