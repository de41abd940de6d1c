"""Electronic invoices in the console, in mail, on the command line, over REST, and inside a PDF."""

import io
from base64 import b64encode
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from backoffice_einvoicing.api import Document, write
from backoffice_einvoicing.cli import commands
from backoffice_einvoicing.pdf import embedded
from click.testing import CliRunner

from backoffice.core.api import InvalidInput
from backoffice.core.configuration import Configuration
from backoffice.core.testing.visiting import Visitor
from backoffice.core.testing.visitors import Program
from backoffice.core.testing.work import work_off

LINES = [{"description": "Tea", "quantity": "2", "unit_price": "50.00"}]


def sell(desk):
    return desk.execute("accounting.issue_invoice", {"party": "acme", "date": "2026-01-15", "lines": LINES})


@pytest.fixture
def visitor(desk):
    """The administrator, signed in."""
    made = Visitor(desk.office)
    made.arrive()
    return made


def test_a_file_is_taken_in_on_its_page_and_made_into_a_bill(visitor, sent):
    visitor.open("/einvoicing/take-in")
    visitor.press("Take in", file=(io.BytesIO(write(sent)), "l17.xml"))
    assert visitor.page.says("L-17", "Leaf Ltd")
    visitor.follow("Make the bill")
    visitor.press("Make the bill")
    visitor.open("/records/accounting.invoice")
    assert visitor.page.says("Leaf Ltd")


def test_a_file_that_is_none_is_said_by_name(visitor):
    visitor.open("/einvoicing/take-in")
    visitor.press("Take in", file=(io.BytesIO(b"<a/>"), "other.xml"))
    assert visitor.page.status == 422
    assert visitor.page.says("other.xml")


def test_an_invoice_shows_its_document_and_gives_the_file(visitor, desk):
    posted = sell(desk)
    visitor.open(f"/records/accounting.invoice/{posted['id']}")
    with desk.reading() as session:
        digest = session.scalars(sa.select(Document.digest)).one()
    assert visitor.page.says("Electronic documents", ".xml", digest[:16])


def test_a_mailed_invoice_has_its_document_beside_it(desk, tmp_path):
    section = {"sender": "books@acme.example", "folder": str(tmp_path)}
    posted = sell(desk)
    where = desk.office.configuration
    desk.office.configuration = Configuration(database=where.database, folder=tmp_path, settings={"mail": section})
    desk.execute("accounting.send_invoice", id=posted["id"], to="a@acme.example")
    work_off(desk.office)
    [path] = tmp_path.glob("*.eml")
    got = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert "application/xml" in [part.get_content_type() for part in got.iter_attachments()]


def test_the_file_of_an_invoice_is_listed_over_rest(desk):
    posted = sell(desk)
    listed = Program(desk.office).get(f"/api/v1/accounting/invoice/{posted['id']}/attachments").json["data"]
    assert [one["type"] for one in listed] == ["application/xml"]


class App:
    """What commands are given."""

    def __init__(self, desk):
        self._desk = desk
        self.said = []

    def desk(self):
        return self._desk

    def say(self, text):
        self.said.append(text.filled())

    note = say


def test_documents_are_taken_in_and_saved_on_the_command_line(desk, sent, tmp_path):
    file = tmp_path / "l17.xml"
    file.write_bytes(write(sent))
    app = App(desk)
    CliRunner().invoke(commands, ["take-in", str(file)], obj=app, catch_exceptions=False)
    assert app.said == ["l17.xml: L-17 was taken in."]
    posted, out = sell(desk), tmp_path / "out.xml"
    CliRunner().invoke(commands, ["save", str(posted["id"]), str(out)], obj=app, catch_exceptions=False)
    assert out.read_text("utf-8") == desk.execute("einvoicing.show", id=posted["id"])["content"]


def pdf_with(name, data):
    """Return a PDF of one empty page with a file inside, or without."""
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument.new()
    document.new_page(200, 200)
    if name:
        document.new_attachment(name).set_data(data)
    made = io.BytesIO()
    document.save(made)
    document.close()
    return made.getvalue()


def test_an_invoice_inside_a_pdf_is_taken_in(desk, sent):
    data = pdf_with("factur-x.xml", write(sent, "cii"))
    assert embedded(data) == ("factur-x.xml", write(sent, "cii"))
    taken = desk.execute("einvoicing.receive", content=b64encode(data).decode(), name="bill.pdf")
    assert desk.get("einvoicing.received", taken["id"]).syntax == "cii"


def test_a_pdf_without_an_invoice_says_so():
    with pytest.raises(InvalidInput, match="no electronic invoice inside"):
        embedded(pdf_with("", b""))
