"""Lines for which there is not enough, named one by one."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.core.api import RuleBroken
from backoffice.hookspecs import messages

from .shapes import Short
from .stored import Stored
from .valuing import ZERO

_ = messages("inventory")


def not_enough(stored: Stored, short: Sequence[Short], *, why: str, remedy: str) -> RuleBroken:
    """Return the error that names every line that is short, what is wanted and what is free."""
    wrong, lines = {}, []
    for one in short:
        product, free = stored.products[one.product_id], max(one.free, ZERO)
        said = _("{product}: {wanted} are wanted and {free} are free.").with_values(
            product=product.code, wanted=format(one.quantity, "f"), free=format(free, "f")
        )
        wrong[f"lines.{one.key or one.product_id}"] = [said]
        figures = {"wanted": one.quantity, "free": one.free, "short": one.quantity - free}
        lines.append({"key": one.key, "product": product.code, **figures})
    error = RuleBroken(_("There is not enough of some goods."), why=why, remedy=remedy, fields=wrong)
    error.details["short"] = lines
    return error
