"""Vouchers, cheques and frozen accounts as the database itself keeps them, on both databases."""


def test_the_database_keeps_a_posted_voucher(books, sql):
    id_ = books.do(
        "voucher.create", kind="receipt", date="2026-01-15", account="1210",
        lines=[{"account": "4000", "amount": "30"}],
    )["id"]  # fmt: skip
    books.do("post_voucher", id=id_)
    assert "cancel it instead" in sql.refusal(f"UPDATE accounting_voucher SET total = 1 WHERE id = {id_}")
    assert "cancel it instead" in sql.refusal(f"DELETE FROM accounting_voucher_line WHERE voucher_id = {id_}")


def test_the_database_keeps_a_cheque_as_it_was_entered(books, sql):
    books.do("account_choice.create", purpose="cheques_received", account="1210")
    id_ = books.do("receive_cheque", number="771", party=books.party(), date="2026-01-10", amount="90")["id"]
    assert "as it was entered" in sql.refusal(f"UPDATE accounting_cheque SET amount = 1 WHERE id = {id_}")


def test_the_database_holds_a_frozen_account_too(books, sql):
    draft = books.draft(("6000", "5"), ("1200", "-5"), date="2026-02-05")
    sql("UPDATE accounting_account SET frozen_from = '2026-02-01' WHERE code = '6000'")
    period = books.period("2026-02").id
    said = sql.refusal(
        f"UPDATE accounting_entry SET state = 'posted', number = 'X/1', period_id = {period} WHERE id = {draft['id']}"
    )
    assert "frozen" in said
