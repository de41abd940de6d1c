"""Types of accounts as other programs name them, and as the first word of an account's name tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from backoffice.core.api import fold

Meaning = tuple[str, str | None]

HLEDGER_TYPES: Final[Mapping[str, Meaning]] = {
    **dict.fromkeys(("A", "Asset", "asset"), ("asset", None)),
    **dict.fromkeys(("L", "Liability", "liability"), ("liability", None)),
    **dict.fromkeys(("E", "Equity", "equity"), ("equity", None)),
    **dict.fromkeys(("R", "Revenue", "revenue", "Income", "income"), ("income", None)),
    **dict.fromkeys(("X", "Expense", "expense"), ("expense", None)),
    **dict.fromkeys(("C", "Cash", "cash"), ("asset", "cash")),
    **dict.fromkeys(("V", "Conversion", "conversion"), ("equity", None)),
}
"""Types in hledger's account directives."""

GNUCASH_TYPES: Final[Mapping[str, Meaning]] = {
    "ASSET": ("asset", None),
    "BANK": ("asset", "bank"),
    "CASH": ("asset", "cash"),
    "STOCK": ("asset", None),
    "MUTUAL": ("asset", None),
    "CURRENCY": ("asset", None),
    "RECEIVABLE": ("asset", "receivable"),
    "LIABILITY": ("liability", None),
    "CREDIT": ("liability", "card"),
    "PAYABLE": ("liability", "payable"),
    "EQUITY": ("equity", None),
    "TRADING": ("equity", None),
    "INCOME": ("income", None),
    "EXPENSE": ("expense", None),
    "CHECKING": ("asset", "bank"),
    "SAVINGS": ("asset", "bank"),
    "MONEYMRKT": ("asset", "bank"),
    "CREDITLINE": ("liability", None),
}
"""Types of accounts in GnuCash."""

BEANCOUNT_ROOTS: Final = {
    "name_assets": ("Assets", "asset"),
    "name_liabilities": ("Liabilities", "liability"),
    "name_equity": ("Equity", "equity"),
    "name_income": ("Income", "income"),
    "name_expenses": ("Expenses", "expense"),
}
"""Options of Beancount, what they are by default, and the type they stand for."""

_WORDS: Final = {
    "asset": "asset assets aktiva aktiven activo activos actif actifs bezittingen activa attivita ativo ativos الاصول "
    "اصول الموجودات موجودات",
    "liability": "liability liabilities debt debts passiva verbindlichkeiten schulden pasivo pasivos passif passifs "
    "passivita passivo passivos الخصوم خصوم المطلوبات مطلوبات الالتزامات",
    "equity": "equity capital eigenkapital patrimonio fondspropres vermogen patrimonionetto حقوقالملكيه الملكيه "
    "راسالمال",
    "income": "income incomes revenue revenues ertrage ertrag einnahmen ingreso ingresos produits revenus opbrengsten "
    "entrate ricavi receitas الايرادات ايرادات الدخل",
    "expense": "expense expenses aufwand aufwendungen ausgaben gasto gastos charges depenses kosten spese despesas "
    "المصروفات مصروفات النفقات التكاليف",
}
_TYPES: Final = {word: type_ for type_, words in _WORDS.items() for word in words.split()}


def type_word(word: str) -> Meaning | None:
    """Return the type a word names, in one of several languages; nothing when it names none."""
    found = _TYPES.get(re.sub(r"[\W_]+", "", fold(word)))
    return (found, None) if found else None


def type_of_name(path: str) -> str | None:
    """Return the type of the account ``path`` by its first part; nothing when that part names none."""
    found = type_word(path.partition(":")[0])
    return found[0] if found else None
