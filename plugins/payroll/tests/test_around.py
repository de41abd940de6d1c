"""What surrounds a run: reports, payslips on paper and by mail, self-service, personal data, the console."""

from dataclasses import replace
from decimal import Decimal
from email import message_from_bytes, policy

import pytest

from backoffice.core.api import BackofficeError, InvalidInput
from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.testing.visiting import Visitor
from backoffice.core.testing.work import work_off
from backoffice.core.users import setup

D = Decimal


def paid(office):
    """Pay two people for two months, one of whom may sign in; the third comes later."""
    desk = desk_of(office)
    with office.database.system() as session, session.begin():
        setup.create_user(
            session, organization_id=desk.user.organization_id, username="amal", name="Amal",
            roles=[setup.SELF_SERVICE], company_id=desk.context.company_id,
        )  # fmt: skip
        setup.create_user(
            session, organization_id=desk.user.organization_id, username="paula", name="Paula",
            roles=["payroll.clerk"], company_id=desk.context.company_id,
        )  # fmt: skip

    def do(name, /, **values):
        return desk.execute(f"payroll.{name}", values)

    do("install_examples")
    do("component.create", code="pension", name="Pension", kind="employer", formula="basic * 0.1")
    [structure] = desk.list("payroll.structure").records
    lines = [{"component": one} for one in ("basic", "housing", "transport", "overtime", "bonus", "advance", "pension")]
    do("structure.change", id=structure.id, components=lines)
    iban = "SA0380000000608010167519"
    people = (
        {"number": "E1", "name": "Amal", "email": "amal@example.org", "user": "amal", "account": iban},
        {"number": "E2", "name": "Badr", "department": "Shop"},
        {"number": "E3", "name": "Celine", "account": "GB33BUKB20201555555555"},
    )  # fmt: skip
    for person in people:
        do("employee.create", **person)
    terms = (("E1", "8000", "2026-01-01", None), ("E2", "4000", "2026-01-01", "2026-01-31"),
             ("E3", "5000", "2026-02-01", None))  # fmt: skip
    for employee, pay, start, end in terms:
        do("contract.create", employee=employee, structure="monthly", start_date=start, end_date=end, pay=pay)
    do("input.create", employee="E1", name="overtime_hours", value="10", date="2026-02-10")
    for start in ("2026-01-01", "2026-02-01"):
        run = do("run.create", from_date=start)["id"]
        do("compute", id=run)
        do("approve", id=run)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("around") / "office"
    folder.mkdir()
    made = Offices("sqlite", folder).make(only=["payroll"], prepare=paid)
    yield made
    made.close()


@pytest.fixture
def desk(office):
    return desk_of(office)


def runs(desk):
    return {run.from_date.isoformat(): run for run in desk.list("payroll.run").records}


def cells(table, name):
    names = [column.name for column in table.columns]
    return [row.cells[names.index(name)] for row in table.rows]


def test_the_register_adds_up(desk):
    table = desk.report("payroll.register", {"run": runs(desk)["2026-02-01"].id})
    assert cells(table, "name") == ["Amal", "Celine"]
    assert cells(table, "basic") == [D(8000), D(5000)]
    assert cells(table, "overtime") == [D(500), D(0)]
    for row in table.rows:
        told = dict(zip([column.name for column in table.columns], row.cells, strict=True))
        assert told["basic"] + told["housing"] + told["transport"] + told["overtime"] == told["gross"]
        assert told["gross"] - told["deductions"] == told["net"]


def test_what_changed_since_the_period_before(desk):
    table = desk.report("payroll.variance", {"run": runs(desk)["2026-02-01"].id})
    told = {row.cells[1]: row.cells for row in table.rows}
    assert told["Amal"][2:6] == (D(10800), D(11300), D(500), D("4.63"))
    assert told["Amal"][-1] == "Overtime"
    assert told["Celine"][-1] == "Paid for the first time"
    assert told["Badr"][3:5] == (D(0), D(-5400))
    assert told["Badr"][-1] == "Not paid this time"
    fewer = desk.report("payroll.variance", {"run": runs(desk)["2026-02-01"].id, "least": "5"})
    assert cells(fewer, "name") == ["Celine", "Badr"]


def test_whom_to_pay_how_much(desk):
    table = desk.report("payroll.payments", {"run": runs(desk)["2026-01-01"].id})
    assert cells(table, "account") == ["SA0380000000608010167519", None]
    assert cells(table, "net") == [D(10800), D(5400)]
    assert table.notes == ("2 payments.", "One employee has no bank account.")


def test_pay_in_the_year_and_cost(desk):
    table = desk.report("payroll.year", {"from": "2026-01-01", "until": "2026-12-31"})
    assert dict(zip(cells(table, "name"), cells(table, "basic"), strict=True)) == {
        "Amal": D(16000), "Badr": D(4000), "Celine": D(5000),
    }  # fmt: skip
    cost = desk.report("payroll.cost", {"from": "2026-01-01", "until": "2026-12-31"})
    assert cells(cost, "cost") == [D(10800 + 5400 + 1200), D(11300 + 6750 + 1300)]
    with pytest.raises(InvalidInput):
        desk.report("payroll.cost", {"from": "2026-02-01", "until": "2026-01-31"})


def test_a_payslip_is_tried_without_writing_anything(desk):
    before = len(desk.list("payroll.slip").records)
    table = desk.report("payroll.preview", {"employee": "E1", "from": "2026-03-01"})
    told = dict(zip(cells(table, "component"), cells(table, "amount"), strict=True))
    assert told["Net pay"] == D(10800)
    assert "pay * 0.25" in cells(table, "reached")[1]
    assert len(desk.list("payroll.slip").records) == before


def test_formulas_are_read_in_their_order(desk):
    [structure] = desk.list("payroll.structure").records
    table = desk.report("payroll.formulas", {"structure": structure.id})
    codes = cells(table, "code")
    assert codes.index("basic") < codes.index("pension")
    assert codes.index("bonus") < codes.index("advance")  # it reads gross, and so all earnings
    assert cells(table, "reads")[codes.index("overtime")] == "input.overtime_hours, pay"


@pytest.mark.parametrize(("language", "said"), [("en", "Housing allowance"), ("ar", "بدل السكن")])
def test_a_payslip_on_paper(desk, language, said):
    amal = desk.get("payroll.employee", "E1").id
    [slip] = desk.list("payroll.slip", run=runs(desk)["2026-02-01"].id, employee=amal).records
    page = desk.document("payroll.payslip", slip.id, language).html
    for text in ("Amal", said, "11,300.00", slip.number):
        assert text in page


def test_payslips_are_mailed_to_those_who_have_an_address(office, desk, tmp_path):
    section = {"sender": "people@acme.example", "folder": str(tmp_path)}
    office.configuration = replace(office.configuration, settings={"mail": section})
    answer = desk.execute("payroll.send", id=runs(desk)["2026-02-01"].id)
    assert answer == {"sent": 1, "without_address": 1}
    work_off(office)
    [path] = tmp_path.glob("*.eml")
    got = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert got["To"].addresses[0].addr_spec == "amal@example.org"
    assert len(list(got.iter_attachments())) == 1


def test_employees_see_their_own_payslips_and_nobody_elses(office, desk):
    mine = desk_of(office, "amal")
    seen = mine.list("payroll.slip").records
    assert {slip.employee_id for slip in seen} == {desk.get("payroll.employee", "E1").id}
    assert len(seen) == 2
    [other, *_more] = [slip for slip in desk.list("payroll.slip").records if slip.user_id is None]
    with pytest.raises(BackofficeError):
        mine.get("payroll.slip", other.id)
    with pytest.raises(BackofficeError):
        mine.report("payroll.register", {"run": other.run_id})


def test_a_clerk_works_out_and_does_not_approve(office, desk):
    clerk = desk_of(office, "paula")
    run = clerk.execute("payroll.run.create", from_date="2026-05-01")["id"]
    clerk.execute("payroll.compute", id=run)
    with pytest.raises(BackofficeError, match=r"may not|not allowed|permission"):
        clerk.execute("payroll.approve", id=run)
    desk.execute("payroll.reopen", id=run)
    desk.execute("payroll.run.delete", id=run)


def test_usual_components_are_added_once(desk):
    assert desk.execute("payroll.install_examples") == {"added": 0}


def test_what_is_kept_of_a_person(desk):
    employee = desk.get("payroll.employee", "E1")
    with desk.reading() as session:
        from backoffice_payroll.privacy import personal_data

        from backoffice.core.api import User

        user = session.get(User, employee.user_id)
        known = personal_data(session, user)
    assert {record.resource for record in known} == {"payroll.employee", "payroll.contract", "payroll.slip"}
    assert all(record.erase is None and record.reason for record in known)


def test_a_run_in_the_console(office):
    visitor = Visitor(office)
    visitor.arrive()
    assert visitor.open("/records/payroll.run").says("Payroll runs")
    page = visitor.press("Create", visitor.open("/records/payroll.run/new") and {"from_date": "2026-04-01"})
    assert page.says("Draft", "2026-04")
    visitor.follow("Work out")
    page = visitor.press("Work out")
    assert page.says("Worked out", "17,550.00")  # 8,000 and 5,000 with 35 percent of allowances
    page = visitor.open("/records/payroll.slip")
    assert page.says("Amal", "Celine")
    assert visitor.open("/records/payroll.employee").says("Badr", "Shop")
