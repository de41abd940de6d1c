"""The words with which charts of accounts name types, and what they mean here: data, and one function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Meaning = tuple[str, str | None]
"""A type of account, and its kind where the word says so."""

WORDS: Final[Mapping[str, Meaning]] = {
    "asset": ("asset", None),
    "bank": ("asset", "bank"),
    "cash": ("asset", "cash"),
    "receivable": ("asset", "receivable"),
    "inventory": ("asset", "inventory"),
    "prepayment": ("asset", "prepayment"),
    "prepayments": ("asset", "prepayment"),
    "current_asset": ("asset", "current_asset"),
    "current_assets": ("asset", "current_asset"),
    "fixed_asset": ("asset", "fixed_asset"),
    "fixed_assets": ("asset", "fixed_asset"),
    "non_current_asset": ("asset", "non_current_asset"),
    "non_current_assets": ("asset", "non_current_asset"),
    "liability": ("liability", None),
    "payable": ("liability", "payable"),
    "credit": ("liability", "card"),
    "credit_card": ("liability", "card"),
    "tax": ("liability", "tax"),
    "current_liability": ("liability", "current_liability"),
    "current_liabilities": ("liability", "current_liability"),
    "non_current_liability": ("liability", "non_current_liability"),
    "non_current_liabilities": ("liability", "non_current_liability"),
    "equity": ("equity", None),
    "capital": ("equity", "capital"),
    "retained_earnings": ("equity", "retained_earnings"),
    "account.data_unaffected_earnings": ("equity", "retained_earnings"),
    "income": ("income", None),
    "revenue": ("income", "revenue"),
    "other_income": ("income", "other_income"),
    "expense": ("expense", None),
    "expenses": ("expense", "operating_expense"),
    "operating_expense": ("expense", "operating_expense"),
    "direct_costs": ("expense", "cost_of_sales"),
    "cost_of_sales": ("expense", "cost_of_sales"),
    "depreciation": ("expense", "depreciation"),
    "other_expense": ("expense", "other_expense"),
}
"""English words, those of several programs among them, in small letters."""

SPANISH: Final[tuple[tuple[str, Meaning], ...]] = (
    ("periodificaciones_a_corto", ("asset", "prepayment")),
    ("periodificaciones", ("liability", "current_liability")),
    ("pasivos", ("liability", "non_current_liability")),
    ("activos_por", ("asset", "non_current_asset")),
    ("clientes", ("asset", "receivable")),
    ("efectivo", ("asset", "cash")),
    ("existencias", ("asset", "inventory")),
    ("inmovilizado", ("asset", "fixed_asset")),
    ("inmobiliarias", ("asset", "fixed_asset")),
    ("deudores", ("asset", "current_asset")),
    ("accionistas", ("asset", "current_asset")),
    ("inversiones", ("asset", "current_asset")),
    ("proveedores", ("liability", "payable")),
    ("deuda", ("liability", "current_liability")),
    ("acreedores", ("liability", "current_liability")),
    ("provisiones", ("liability", "current_liability")),
    ("capital", ("equity", "capital")),
    ("prima", ("equity", "capital")),
    ("reservas", ("equity", "capital")),
    ("aportaciones", ("equity", "capital")),
    ("acciones", ("equity", "capital")),
    ("ajustes", ("equity", "capital")),
    ("subvenciones", ("equity", "capital")),
    ("resultado", ("equity", "retained_earnings")),
    ("dividendo", ("equity", "retained_earnings")),
    ("divdiendo", ("equity", "retained_earnings")),
)
"""Parts of the names of lines in the Spanish balance sheet, misspelt ones too; the first that occurs counts."""

LONG_TERM: Final = {"current_asset": "non_current_asset", "current_liability": "non_current_liability"}


def meaning(word: str, code: str) -> Meaning | None:
    """Return what ``word`` means as the type of the account ``code``, or nothing when it is not known.

    In Spanish charts the word is a line of the balance sheet or of the profit and loss account; in the latter, group 6
    holds expenses and group 7 income.
    """
    plain = word.strip().lower().replace(" ", "_").replace("-", "_")
    if plain in WORDS:
        return WORDS[plain]
    if not plain.startswith("es_"):
        return None
    if "_pyg_" in plain:
        return {"6": ("expense", None), "7": ("income", None)}.get(code[:1])
    found = next((means for part, means in SPANISH if part in plain), None)
    if found is None or "largo_plazo" not in plain:
        return found
    return found[0], LONG_TERM.get(found[1] or "", found[1])
