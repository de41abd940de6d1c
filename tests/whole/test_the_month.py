"""The main job from end to end: a month of real orders in the books, asked through every interface."""

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.core.configuration import load_configuration
from backoffice.core.office import Backoffice
from backoffice.core.web import create_app

pytest.importorskip("backoffice_demo", reason="the month is loaded by the plugin demo")

BACKOFFICE = (sys.executable, "-c", "from backoffice.cli import main; main()")


def backoffice(*arguments, folder):
    done = subprocess.run(
        [*BACKOFFICE, "--config", str(folder / "backoffice.toml"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def month(demo) -> Path:
    return demo


@pytest.fixture(scope="module")
def browser(month):
    """A client signed in to the console, and an office to look behind it."""
    office = Backoffice(load_configuration(month / "backoffice.toml")).start()
    client = create_app(office).test_client()
    password = (month / "password.txt").read_text().strip()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    answered = client.post(
        "/sign-in", data={"username": "admin", "password": password, "csrf_token": token[1]}, follow_redirects=True
    )
    assert answered.status_code == 200
    yield client
    office.close()


def of_the_command_line(month):
    table = json.loads(
        backoffice("report", "accounting.trial_balance", "--until", "2010-12-31", "--format", "json", folder=month)
    )
    names = [column["name"] for column in table["columns"]]
    rows = [
        dict(zip(names, row["cells"], strict=True)) if isinstance(row, dict) and "cells" in row else row
        for row in table["rows"]
    ]
    return {row["code"]: (Decimal(row["debit"] or 0), Decimal(row["credit"] or 0)) for row in rows}


def test_the_trial_balance_sums_to_zero_and_nets_to_the_reference(month):
    books = of_the_command_line(month)
    assert sum(debit - credit for debit, credit in books.values()) == 0
    paid = books["1250"][0] - books["1250"][1]
    assert books["1100"][0] + paid == Decimal("748957.02")


def test_rest_and_console_agree_with_the_command_line_to_the_cent(month, browser):
    books = of_the_command_line(month)
    answer = browser.get("/api/v1/reports/accounting.trial_balance?until=2010-12-31")
    assert answer.status_code == 200, answer.text
    asked = json.loads(answer.text)
    text = json.dumps(asked)
    page = browser.get("/reports/accounting.trial_balance?until=2010-12-31").text
    for code, amounts in books.items():
        for amount in amounts:
            if amount:
                assert f'"{amount:f}"' in text, code
                assert f"{amount:,.2f}" in page, code


def test_a_second_run_changes_nothing(month):
    before = of_the_command_line(month)
    office = Backoffice(load_configuration(month / "backoffice.toml")).start()
    counts = []

    def count():
        with office.as_system().reading(fresh=True) as session:
            from backoffice_accounting.models import Entry, Invoice
            from sqlalchemy import func, select

            from backoffice.core.audit.models import AuditRow

            noted = AuditRow.table_name.like("accounting%")
            month_ = session.scalar(select(func.count()).where(Invoice.source == "sales"))
            rows = [session.scalar(select(func.count()).select_from(m)) for m in (Invoice, Entry)]
            return [month_, *rows, session.scalar(select(func.count()).select_from(AuditRow).where(noted))]

    counts = count()
    backoffice("demo", "--no-serve", folder=month)
    assert count() == counts
    office.close()
    assert counts[0] == 1885, "2,025 documents, 140 of which write goods off and are no invoices"
    assert of_the_command_line(month) == before
