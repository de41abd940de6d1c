"""The floor: a page of Flask, SQLAlchemy and Jinja that pages by key and nothing else; and one that knows who asks."""

import sqlalchemy as sa
from flask import Flask, abort, request, session
from shape import COLUMNS, DATABASE, SIZE, TABLE
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import Session as Database

app = Flask(__name__)
app.secret_key = "a key of the benchmark"
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


class User(Base):
    __tablename__ = "core_user"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    name: Mapped[str]


PAGE = app.jinja_env.from_string(
    """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parties</title></head><body>
<h1>Parties</h1><p>{{ who }}</p><table><thead><tr>{% for name in columns %}<th>{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr><td><a href="/{{ row.id }}">{{ row.code }}</a></td><td>{{ row.name }}</td>
<td>{{ row.kind }}</td><td>{{ row.email or "" }}</td><td>{{ row.phone or "" }}</td></tr>{% endfor %}
</tbody></table><a href="?after={{ rows[-1].code }}">Next</a></body></html>"""
)
SHOWN = [Party.id, *(getattr(Party, name) for name in COLUMNS)]


@app.get("/sign-in")
def sign_in():
    session["user"] = 1
    return "", 204


def rows(database):
    wanted = sa.select(*SHOWN).where(Party.organization_id == 1, Party.code > request.args.get("after", ""))
    return database.execute(wanted.order_by(Party.code).limit(SIZE)).all()


@app.get("/")
def page():
    with Database(engine) as database:
        return PAGE.render(rows=rows(database), columns=COLUMNS)


@app.get("/signed-in")
def signed_in():
    with Database(engine) as database:
        who = database.scalar(sa.select(User.name).where(User.id == session.get("user")))
        if who is None:
            abort(401)
        return PAGE.render(rows=rows(database), columns=COLUMNS, who=who)
