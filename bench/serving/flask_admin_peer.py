"""Flask-Admin's list of the same table, for whoever is signed in."""

import sqlalchemy as sa
from flask import Flask, session
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from shape import COLUMNS, DATABASE, SIZE, TABLE
from sqlalchemy.orm import declarative_base, scoped_session, sessionmaker

app = Flask(__name__)
app.secret_key = "a key of the benchmark"
engine = sa.create_engine(DATABASE)
Base = declarative_base()
columns = {name: sa.Column(sa.String) for name in COLUMNS}
Party = type("Party", (Base,), {"__tablename__": TABLE, "id": sa.Column(sa.BigInteger, primary_key=True), **columns})
database = scoped_session(sessionmaker(engine))


class Parties(ModelView):
    column_list = COLUMNS
    column_default_sort = "code"
    page_size = SIZE

    def is_accessible(self):
        return "user" in session


Admin(app).add_view(Parties(Party, database, endpoint="parties"))
app.teardown_appcontext(lambda _error: database.remove())


@app.get("/sign-in")
def sign_in():
    session["user"] = 1
    return "", 204
