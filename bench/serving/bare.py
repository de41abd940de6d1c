"""The floor: a page of Flask, SQLAlchemy and Jinja that pages by key, and nothing else; nobody is signed in."""

import sqlalchemy as sa
from flask import Flask, request
from shape import COLUMNS, DATABASE, SIZE, TABLE
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = Flask(__name__)
engine = sa.create_engine(DATABASE)


class Base(DeclarativeBase):
    pass


class Party(Base):
    __tablename__ = TABLE
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    organization_id: Mapped[int] = mapped_column(sa.BigInteger)
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]


PAGE = app.jinja_env.from_string(
    """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parties</title></head><body>
<h1>Parties</h1><table><thead><tr>{% for name in columns %}<th>{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr><td><a href="/{{ row.id }}">{{ row.code }}</a></td><td>{{ row.name }}</td><td>{{ row.kind }}
</td><td>{{ row.email or "" }}</td><td>{{ row.phone or "" }}</td></tr>{% endfor %}
</tbody></table><a href="?after={{ rows[-1].code }}">Next</a></body></html>"""
)
SHOWN = [Party.id, *(getattr(Party, name) for name in COLUMNS)]


@app.get("/sign-in")
def sign_in():
    return "", 204


@app.get("/")
def page():
    wanted = sa.select(*SHOWN).where(Party.organization_id == 1, Party.code > request.args.get("after", ""))
    with Session(engine) as session:
        rows = session.execute(wanted.order_by(Party.code).limit(SIZE)).all()
    return PAGE.render(rows=rows, columns=COLUMNS)
