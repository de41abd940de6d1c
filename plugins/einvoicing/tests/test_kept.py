"""What the database holds of documents, on both kinds of it; and what is told of them over REST."""

import pytest
import sqlalchemy as sa
from backoffice_einvoicing.api import Document, write
from backoffice_einvoicing.models import Received

from backoffice.core.api import BackofficeError

LINES = [{"description": "Tea", "quantity": "2", "unit_price": "50.00"}]


def sell(desk, **values):
    return desk.execute("accounting.issue_invoice", {"party": "acme", "date": "2026-01-15", "lines": LINES, **values})


def documents(desk):
    with desk.reading() as session:
        return session.scalars(sa.select(Document).order_by(Document.id)).all()


def test_a_document_is_shown_as_it_was_issued_and_stays_so(desk):
    posted = sell(desk)
    shown = desk.execute("einvoicing.show", id=posted["id"])
    assert shown["content"] == documents(desk)[0].content

    def forge(session):
        session.execute(sa.update(Document).values(content="<Invoice/>"))

    with pytest.raises(BackofficeError, match="stays as it is"):
        desk.run(forge)


def test_received_documents_are_kept_as_they_came(desk, sent):
    desk.execute("einvoicing.receive", content=write(sent).decode())

    def forge(session):
        session.execute(sa.delete(Received))

    with pytest.raises(BackofficeError, match="stays as it is"):
        desk.run(forge)
