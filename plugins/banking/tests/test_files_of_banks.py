"""Every file of banks we have is read as other parsers read it, or refused with a reason."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from backoffice_banking.reading import CsvMapping, Unreadable, read, recognise

D = Decimal
ROOT = Path(__file__).resolve().parents[4] / "shared" / "data" / "bank_statements"
FILES = sorted(
    str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.suffix in {".sta", ".xml", ".ofx", ".qif"}
)

pytestmark = pytest.mark.skipif(not FILES, reason="the files of banks are not beside this checkout")


def peers():
    if not FILES:
        return {}
    with (ROOT / "peer_results.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["result"] == "ok"]
    return {row["file"]: (int(row["transactions"]), D(row["sum_of_amounts"])) for row in rows if row["sum_of_amounts"]}


PEERS = peers()
KINDS = {".sta": "mt940", ".xml": "camt", ".ofx": "ofx", ".qif": "qif"}
REFUSED = {
    "camt/genkgo/camt052.v2.with-account-name.xml": "no amount or no date",
    "camt/genkgo/camt053.v2.wrong.xml": "no statement",
    "camt/genkgo/camt054.v2.with-account-name.xml": "no amount or no date",
    "csv/csv2ofx/converted/default_w_splits.ofx": "no statement",
    "csv/csv2ofx/converted/mint.ofx": "no statement",
    "mt940/self-provided/invalid_statement.sta": "none of the formats",
    "ofx/ofxparse/bank_small.ofx": "no statement",
    "ofx/ofxparse/error_message.ofx": "General Server Error",
    "ofx/ofxparse/signon_fail.ofx": "invalid identification code",
    "ofx/ofxparse/signon_success.ofx": "no statement",
    "qif/quiffen/empty.qif": "empty",
    "qif/quiffen/test_category_inherit.qif": "no transaction",
    "qif/quiffen/test_clear_autoswitch.qif": "no transaction",
    "qif/quiffen/test_nosymbol.qif": "no transaction",
    "qif/quiffen/test_option_autoswitch.qif": "no transaction",
    "qif/quiffen/test_unknown_account_type.qif": "lists or investments",
}
NOT_RIGHT = {
    "camt/genkgo/camt053.v2.all-balance-types.xml", "camt/genkgo/camt053.v2.minimal.ultimate.xml",
    "camt/genkgo/camt053.v2.minimal.xml", "camt/genkgo/camt053.v4.xml", "mt940/jejik/abnamro.sta",
    "mt940/jejik/ing.sta", "mt940/jejik/rabobank.sta", "mt940/mBank/with_newline_in_tnr.sta",
    "mt940/self-provided/whitespace.sta", "mt940/cmxl/mt940.sta", "ofx/ofxparse/fidelity-savings.ofx",
    "mt940/cmxl/account_balance_credit.sta", "mt940/cmxl/account_balance_debit.sta",
    "mt940/cmxl/account_identification_iban.sta", "mt940/cmxl/account_identification_legacy.sta",
    "mt940/cmxl/available_balance.sta", "mt940/cmxl/reference.sta", "mt940/cmxl/statement_number.sta",
}  # fmt: skip
"""Files whose balances do not hold (they were made anonymous), or that are a fragment; they are not taken in."""


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_others_read_it_or_refused_with_a_reason(name):
    data = (ROOT / name).read_bytes()
    if name in REFUSED:
        with pytest.raises(Unreadable) as refused:
            read(data)
        assert REFUSED[name] in refused.value.why.filled()
        assert PEERS.get(name, (0, D(0))) == (0, D(0))
        return
    reading = read(data)
    assert reading.format == recognise(data) == KINDS[Path(name).suffix]
    if name in PEERS:
        lines = [line for one in reading.statements for line in one.lines]
        assert (len(lines), sum((line.amount for line in lines), D(0))) == PEERS[name]
    assert bool([said for one in reading.statements for said in one.problems()]) == (name in NOT_RIGHT)


@pytest.mark.parametrize("name", [name for name in FILES if (ROOT / name).with_suffix(".json").is_file()])
def test_camt_is_read_as_its_peer_reads_it(name):
    if name in REFUSED:
        return
    said = json.loads((ROOT / name).with_suffix(".json").read_text("utf-8"))
    amounts = [int(entry["getAmount"]["getAmount"]) for entry in said["getEntries"]]
    lines = [line for one in read((ROOT / name).read_bytes()).statements for line in one.lines]
    assert [int(line.amount * 100) for line in lines] == amounts
    details = [len(entry["getTransactionDetails"]) for entry in said["getEntries"]]
    assert [max(len(line.details), min(count, 1)) for line, count in zip(lines, details, strict=True)] == details


AMOUNT = {"date": "Date", "amount": "Amount"}
MAPPINGS = {
    "amazon.csv": (CsvMapping(date="date", amount="total", inverted=True), None, D("-45.76")),
    "creditunion.csv": (CsvMapping(date_format="%m/%d/%y", **AMOUNT), "creditunion.qif", None),
    "default.csv": (CsvMapping(account="Account", **AMOUNT), "default.ofx", None),
    "ingesp.csv": (CsvMapping(date="date", amount="amount", balance="balance"), "ingesp.ofx", None),
    "mint.csv": (CsvMapping(sign="Transaction Type", account="Category", **AMOUNT), "mint.qif", None),
    "mint_headerless.csv": (CsvMapping(date="1", amount="4", sign="5", head=False), "mint.qif", None),
    "mint_extra.csv": (CsvMapping(sign="Transaction Type", **AMOUNT), "mint.qif", None),
    "n26-fr.csv": (CsvMapping(date="Booking Date", amount="Amount (EUR)"), "n26.ofx", None),
    "schwab-checking.csv": (
        CsvMapping(date="Date", money_in="Deposit", money_out="Withdrawal", balance="RunningBalance"),
        "schwab-checking.ofx",
        None,
    ),
    "stripe-default.csv": (CsvMapping(date="created", amount="amount"), "stripe-default.ofx", None),
    "xero.csv": (CsvMapping(date="JournalDate", amount="NetAmount", account="AccountName"), None, D(0)),
}


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_csv_is_read_through_a_mapping(name):
    mapping, converted, total = MAPPINGS[name]
    reading = read((ROOT / "csv" / "csv2ofx" / "test" / name).read_bytes(), format="csv", mapping=mapping)
    if total is None:
        expected = read((ROOT / "csv" / "csv2ofx" / "converted" / converted).read_bytes())
        total = sum((one.total for one in expected.statements), D(0))
    assert sum((one.total for one in reading.statements), D(0)) == total


def test_running_balances_are_checked_by_themselves():
    [one] = read((ROOT / "csv/csv2ofx/test/schwab-checking.csv").read_bytes(), format="csv",
                 mapping=MAPPINGS["schwab-checking.csv"][0]).statements  # fmt: skip
    assert (one.opening, one.closing) == (D("1093.74"), D("878.47"))
