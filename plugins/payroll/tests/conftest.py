"""One office for each module: pay is the same on every database; what may differ is tested on both."""

from decimal import Decimal

import pytest
from hypothesis import settings

from backoffice.core.testing.offices import Offices, desk_of

# The same examples on every run; the machine may be busy, so there is no deadline each.
settings.register_profile("payroll", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("payroll")


class Payroll:
    """The payroll of the company ``main``, and short ways to write it."""

    def __init__(self, office):
        self.office, self.desk, self.made = office, desk_of(office), 0

    def do(self, action, /, **values):
        return self.desk.execute(f"payroll.{action}", values)

    def get(self, noun, id_):
        return self.desk.get(f"payroll.{noun}", id_)

    def components(self, **formulas):
        """Make components: ``basic="pay"``, or a dictionary with all there is to say."""
        for code, said in formulas.items():
            values = said if isinstance(said, dict) else {"formula": said}
            self.do("component.create", code=code, name=values.pop("name", code.title()), **values)

    def structure(self, code, *components, **values):
        lines = [{"component": one} for one in components]
        return self.do("structure.create", code=code, name=code.title(), components=lines, **values)["id"]

    def employee(self, structure, pay, *, start="2026-01-01", facts=None, contract=None, **values):
        """Make an employee with a contract, and return the number of the employee."""
        self.made += 1
        number = values.pop("number", f"T{structure}{self.made:03}")
        said = [{"name": name, "value": str(value)} for name, value in (facts or {}).items()]
        made = self.do("employee.create", number=number, name=values.pop("name", number), facts=said, **values)
        self.contract(number, structure, pay, start=start, **(contract or {}))
        return made["id"], number

    def contract(self, employee, structure, pay, *, start="2026-01-01", **values):
        return self.do(
            "contract.create", employee=employee, structure=structure, start_date=start, pay=str(pay), **values
        )["id"]

    def run(self, start, *, approve=True, **values):
        """Make a run, work it out and approve it, and return its id."""
        made = self.do("run.create", from_date=start, **values)["id"]
        self.do("compute", id=made)
        if approve:
            self.do("approve", id=made)
        return made

    def slips(self, run):
        """Return the lines of each payslip of a run: employee number → component → amount, back pay with a prime."""
        import sqlalchemy as sa
        from backoffice_payroll.models import Component, Employee, Slip, SlipLine

        found = {}
        with self.desk.reading() as session:
            for number, code, amount, for_id in session.execute(
                sa.select(Employee.number, Component.code, SlipLine.amount, SlipLine.for_id)
                .join(Slip, Slip.employee_id == Employee.id)
                .join(SlipLine, SlipLine.slip_id == Slip.id)
                .join(Component, Component.id == SlipLine.component_id)
                .where(Slip.run_id == run)
            ):
                name = code if for_id is None else f"{code}'"
                by = found.setdefault(number, {})
                by[name] = by.get(name, Decimal(0)) + amount
        return found

    def slip(self, run, employee):
        """Return the payslip of one employee as it is kept."""
        [found] = self.desk.list("payroll.slip", run=run, employee=employee).records
        return found


@pytest.fixture(scope="session")
def payroll_of():
    """Return what wraps an office in these short ways."""
    return Payroll


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory):
    """One office on SQLite for all tests of a module; each makes structures and people of its own."""
    folder = tmp_path_factory.mktemp("payroll") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=["payroll"])
    yield office
    office.close()


@pytest.fixture
def payroll(shared_office):
    return Payroll(shared_office)


@pytest.fixture
def payroll_on_both(offices):
    return Payroll(offices.make(only=["payroll"]))
