"""The floor: a page of Flask, SQLAlchemy and Jinja and nothing else, that pages by key and knows who is signed in."""

import sqlalchemy as sa
from flask import Flask, abort, render_template_string, request, session
from shape import COLUMNS, DATABASE, SIZE, TABLE

app = Flask(__name__)
app.secret_key = "a key of the benchmark"
engine = sa.create_engine(DATABASE)
metadata = sa.MetaData()
party = sa.Table(TABLE, metadata, autoload_with=engine)
user = sa.Table("core_user", metadata, autoload_with=engine)

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parties</title></head><body>
<h1>Parties</h1><p>{{ who }}</p><table><thead><tr>{% for name in columns %}<th>{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr>{% for name in columns %}<td>{{ row[name] or "" }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table><a href="?after={{ rows[-1].code }}">Next</a></body></html>"""


@app.get("/sign-in")
def sign_in():
    session["user"] = 1
    return "", 204


@app.get("/")
def page():
    with engine.connect() as connection:
        who = connection.scalar(sa.select(user.c.name).where(user.c.id == session.get("user")))
        if who is None:
            abort(401)
        wanted = sa.select(party.c.id, *(party.c[name] for name in COLUMNS)).where(party.c.organization_id == 1)
        if after := request.args.get("after"):
            wanted = wanted.where(party.c.code > after)
        rows = connection.execute(wanted.order_by(party.c.code).limit(SIZE)).mappings().all()
    return render_template_string(PAGE, rows=rows, columns=COLUMNS, who=who)
