"""What the readers make of the particulars of each format."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_banking.reading import CsvMapping, Unreadable, read
from backoffice_banking.reading.tag86 import told

D = Decimal

MT940 = """:20:X
:25:NL71RABO0123456789
:28C:1
:60F:C260101EUR100,00
:61:2601020102D25,00NTRFINV17//BANK1
:86:{text}
:62F:C260102EUR75,00
"""


def test_german_subfields_tell_party_account_and_references():
    said = told(
        "166?00GUTSCHRIFT?20EREF+E2E-1?21MREF+M-1?22SVWZ+Rechnung 17?30DEUTDEFF?31DE89370400440532013000?32Aster?33 AG"
    )
    assert (said.party_name, said.party_account, said.party_bank) == ("Aster AG", "DE89370400440532013000", "DEUTDEFF")
    assert (said.description, said.end_to_end, said.mandate) == ("Rechnung 17", "E2E-1", "M-1")


def test_words_between_slashes_tell_the_same():
    said = told("/EREF/E2E-1/CNTP/NL71RABO0123456789/RABONL2U/Aster BV/Utrecht/REMI/USTD//Invoice 17/")
    assert (said.party_name, said.party_account, said.description) == ("Aster BV", "NL71RABO0123456789", "Invoice 17")


def test_polish_labels_tell_the_same():
    said = told("911 TRANSAKCJA; Z RACH.: 56114010810000267002001001; OD: JAN NOWAK; TYT.: FAKTURA 17; TNR: 179.01")
    assert (said.party_name, said.description, said.reference) == ("JAN NOWAK", "FAKTURA 17", "179.01")


def test_a_line_of_mt940_has_its_references():
    [line] = read(MT940.format(text="Rent").encode()).statements[0].lines
    assert (line.reference, line.bank_reference, line.amount, line.description) == (
        "INV17",
        "BANK1",
        D("-25.00"),
        "Rent",
    )


def test_a_reversed_credit_is_money_paid():
    [line] = read(MT940.format(text="Back").replace("D25,00", "RC25,00").encode()).statements[0].lines
    assert line.amount == D("-25.00")


def test_a_booking_at_the_turn_of_the_year_is_of_the_nearer_year():
    text = MT940.format(text="x").replace("2601020102", "2601011231")
    assert read(text.encode()).statements[0].lines[0].date == date(2025, 12, 31)


CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>
<Acct><Id><IBAN>CH9300762011623852957</IBAN></Id><Ccy>CHF</Ccy></Acct>
<Ntry><Amt Ccy="CHF">98.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-01-05</Dt></BookgDt>
<AcctSvcrRef>REF1</AcctSvcrRef><Chrgs><TtlChrgsAndTaxAmt Ccy="CHF">2.00</TtlChrgsAndTaxAmt></Chrgs>
<AmtDtls><InstdAmt><Amt Ccy="EUR">105.00</Amt></InstdAmt><TxAmt><Amt Ccy="CHF">100</Amt>
<CcyXchg><SrcCcy>EUR</SrcCcy><XchgRate>0.9523</XchgRate></CcyXchg></TxAmt></AmtDtls>
<NtryDtls>{details}</NtryDtls></Ntry>
<Ntry><Amt Ccy="CHF">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>"""
ONE = """<TxDtls><Refs><EndToEndId>E2E</EndToEndId></Refs><Amt Ccy="CHF">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"""


def test_camt_tells_charges_exchange_and_the_structured_reference():
    statement = read(CAMT.format(details=ONE.format(amount="98.00", name="Aster")).encode()).statements[0]
    [line] = statement.lines
    assert (line.charges, line.original_amount, line.original_currency, line.exchange_rate) == (
        D("2.00"), D("105.00"), "EUR", D("0.9523"))  # fmt: skip
    assert (line.party_name, line.party_account, line.reference) == (
        "Aster", "DE89370400440532013000", "RF18539007547034")  # fmt: skip
    assert statement.pending == 1


def test_the_transactions_of_a_batch_are_kept():
    details = ONE.format(amount="60.00", name="Aster") + ONE.format(amount="38.00", name="Birch")
    [line] = read(CAMT.format(details=details).encode()).statements[0].lines
    assert [(one.amount, one.party_name) for one in line.details] == [(D("60.00"), "Aster"), (D("38.00"), "Birch")]
    assert line.party_name is None


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><Document>&a;</Document>',
        '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><Document/>',
        '<OFX><!DOCTYPE x [<!ENTITY a "b">]>',
        "<Document><BkToCstmrStmt>",
        "<OFX>" + "<A>" * 100,
    ],
)
def test_entities_and_broken_files_are_refused(text):
    with pytest.raises(Unreadable):
        read(text.encode())


def test_dates_that_can_be_read_both_ways_are_refused():
    with pytest.raises(Unreadable, match="month first"):
        read(
            b"date,amount\n02/03/2026,5\n04/05/2026,6\n", format="csv", mapping=CsvMapping(date="date", amount="amount")
        )


def test_arabic_csv_with_its_own_digits_is_read():
    text = "التاريخ;المبلغ;البيان\n١٥/٠١/٢٠٢٦;-١٬٢٣٤٫٥٠;إيجار\n"
    mapping = CsvMapping(date="التاريخ", amount="المبلغ", description=("البيان",))
    [line] = read(text.encode(), format="csv", mapping=mapping).statements[0].lines
    assert (line.date, line.amount, line.description) == (date(2026, 1, 15), D("-1234.50"), "إيجار")


def test_a_mapping_for_another_bank_is_refused():
    with pytest.raises(Unreadable, match="no column"):
        read(b"a,b\n1,2\n", format="csv", mapping=CsvMapping(date="date", amount="amount"))
