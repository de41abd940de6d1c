"""An office with one site, and short ways to write on it."""

import itertools

import pytest
import sqlalchemy as sa
from backoffice_cms.models import Redirect, Revision, Site, Text
from hypothesis import settings

from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.testing.visitors import Program

settings.register_profile("cms", derandomize=True, deadline=None, max_examples=150)
settings.load_profile("cms")

_SITES = itertools.count(1)


class Cms:
    """A site of its own in an office."""

    def __init__(self, office, **values):
        self.office, self.desk = office, desk_of(office)
        self.code = f"site{next(_SITES)}"
        self.site = self.do("site.create", code=self.code, name="Harbour", **values)["id"]

    def do(self, action, /, **values):
        return self.desk.execute(f"cms.{action}", values)

    def page(self, name, *, parent=None, **values):
        return self.do("page.create", site=self.site, name=name, parent=parent, **values)["id"]

    def text(self, title, *, language="en", page=None, publish=True, **content):
        """Write a page in a language and publish it; return the id of its text."""
        made = self.do("begin", id=page or self.page(title), language=language, title=title, **content)["id"]
        if publish:
            self.do("publish", id=made)
        return made

    def get(self, id_, model=Text):
        with self.desk.reading() as session:
            return session.get(model, id_)

    def all(self, model):
        with self.desk.reading() as session:
            return session.scalars(sa.select(model).order_by(model.id)).all()

    def revisions(self, text):
        return [one for one in self.all(Revision) if one.text_id == text]

    def visit(self, path="", language="en", **headers):
        client = self.office_client()
        return client.get(f"/sites/acme/{self.code}/{language}/{path}", headers=headers)

    def office_client(self):
        return Program(self.office).client if hasattr(Program(self.office), "client") else _client(self.office)

    def title(self, path="", language="en"):
        answer = self.visit(f"content/{path}", language)
        return answer.json["title"] if answer.status_code == 200 else answer.status_code


def _client(office):
    from backoffice.core.web import create_app

    return create_app(office).test_client()


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cms") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=["cms"])
    yield office
    office.close()


@pytest.fixture
def cms(shared_office):
    return Cms(shared_office)


@pytest.fixture
def cms_on_both(offices):
    return Cms(offices.make(only=["cms"]))


@pytest.fixture(scope="session")
def models():
    return {"site": Site, "text": Text, "revision": Revision, "redirect": Redirect}
