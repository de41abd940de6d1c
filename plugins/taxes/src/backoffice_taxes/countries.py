"""Set-ups of countries: categories, positions, codes, rules and the return, as files of data with their sources.

Installing one adds what is missing and leaves alone what is there, so that what an organisation changed stays, and a
newer version of a set-up can be installed over an older one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.api import Organization, Session
from backoffice.hookspecs import messages

from .models import Box, Category, Code, CodeBox, Form, Member, Position, Rate, Rule, StandsOn

_ = messages("taxes")

COUNTRIES: Final = {
    "AE": _("United Arab Emirates"),
    "DE": _("Germany"),
    "EG": _("Egypt"),
    "MA": _("Morocco"),
    "SA": _("Saudi Arabia"),
}


@cache
def setup_of(country: str) -> Mapping[str, Any]:
    """Return the set-up of ``country`` as it stands in its file."""
    text = files("backoffice_taxes").joinpath("countries", f"{country}.json").read_text("utf-8")
    return dict(json.loads(text))


def install(session: Session, country: str) -> dict[str, int]:
    """Add what is missing of the set-up of ``country`` and return how many records of each kind were added."""
    work = _Installing(session, setup_of(country), country)
    return {
        "categories": work.categories(),
        "positions": work.positions(),
        "forms": work.form(),
        "codes": work.codes(),
        "rules": work.rules(),
    }


class _Installing:
    def __init__(self, session: Session, data: Mapping[str, Any], country: str) -> None:
        self.session = session
        self.data = data
        self.country = country
        self.language = session.scalar(
            sa.select(Organization.language).where(Organization.id == session.organization_id)
        )

    def texts(self, said: Mapping[str, Any], *names: str) -> dict[str, Any]:
        """Return translated fields: the organisation's language in the column, the others beside it."""
        values: dict[str, Any] = {}
        others: dict[str, dict[str, str]] = {}
        for name in names:
            given = {"en": said.get(name), "ar": said.get(f"{name}_ar")}
            own = given.get(self.language or "en") or given["en"]
            values[name] = own
            for language, text in given.items():
                if text and text != own:
                    others.setdefault(language, {})[name] = text
        return {**values, "translations": others or None}

    def known(self, model: Any) -> dict[str, int]:
        return dict(self.session.execute(sa.select(model.code, model.id)).all())

    def missing(self, model: Any, name: str) -> Iterable[Mapping[str, Any]]:
        known = self.known(model)
        return [said for said in self.data[name] if said["code"] not in known]

    def add(self, records: Iterable[Any]) -> int:
        made = list(records)
        self.session.add_all(made)
        self.session.flush()
        return len(made)

    def categories(self) -> int:
        return self.add(
            Category(code=said["code"], **self.texts(said, "name")) for said in self.missing(Category, "categories")
        )

    def positions(self) -> int:
        return self.add(
            Position(
                code=said["code"], country=self.country, located=said["located"],
                registered=said.get("registered", "any"), sequence=said["sequence"], **self.texts(said, "name"),
            )
            for said in self.missing(Position, "positions")
        )  # fmt: skip

    def form(self) -> int:
        said = self.data["form"]
        if said["code"] in self.known(Form):
            return 0
        boxes = [
            Box(
                code=box["code"], number=box.get("number"), shown=box.get("shown", "both"), sum_of=box.get("sum_of"),
                sequence=10 * place, **self.texts(box, "name"),
            )
            for place, box in enumerate(said["boxes"], 1)
        ]  # fmt: skip
        form = Form(
            code=said["code"], country=self.country, whole_bases=said.get("whole_bases", False),
            source=said["source"], boxes=boxes, **self.texts(said, "name"),
        )  # fmt: skip
        return self.add([form])

    def codes(self) -> int:
        missing = list(self.missing(Code, "codes"))
        boxes = self.known(Box)
        made = {said["code"]: self.code(said, boxes) for said in missing}
        count = self.add(made.values())
        known = self.known(Code)
        for said in missing:
            made[said["code"]].members = [Member(member_id=known[code]) for code in said.get("members", ())]
            made[said["code"]].stands_on = [StandsOn(on_id=known[code]) for code in said.get("on", ())]
        self.session.flush()
        return count

    def code(self, said: Mapping[str, Any], boxes: Mapping[str, int]) -> Code:
        plain = ("family", "used_for", "kind", "per", "basis", "raises_base", "reverse_charge", "withholding", "due",
                 "category", "reason_code", "sequence", "in_price")  # fmt: skip
        values = {name: said[name] for name in plain if name in said}
        if "deductible" in said:
            values["deductible"] = Decimal(said["deductible"])
        return Code(
            code=said["code"],
            country=self.country,
            source=said["source"],
            rates=[_rate(one) for one in said.get("rates", ())],
            boxes=[_box(one, boxes) for one in said.get("boxes", ())],
            **values,
            **self.texts(said, "name", "reason"),
        )

    def rules(self) -> int:
        positions, categories, codes = self.known(Position), self.known(Category), self.known(Code)
        return self.add(
            Rule(
                code=said["code"], country=self.country, used_for=said["used_for"], tax_id=codes[said["tax"]],
                position_id=positions[said["position"]] if "position" in said else None,
                category_id=categories[said["category"]] if "category" in said else None,
                valid_from=_day(said.get("valid_from")), valid_until=_day(said.get("valid_until")),
            )
            for said in self.missing(Rule, "rules")
        )  # fmt: skip


def _rate(said: Mapping[str, Any]) -> Rate:
    return Rate(
        rate=Decimal(said["rate"]), valid_from=_day(said.get("from")), valid_until=_day(said.get("until")),
        source=said["source"],
    )  # fmt: skip


def _box(said: str, boxes: Mapping[str, int]) -> CodeBox:
    """Read ``"SA.1 base"``, ``"SA.9 tax=deductible"``, ``"DE.47 tax=self_assessed purchase"``, ``"… -"``."""
    code, place, *more = said.split()
    side, _mark, figure = place.partition("=")
    used_for = next((word for word in more if word in {"sale", "purchase"}), "both")
    return CodeBox(
        box_id=boxes[code], side=side, figure=figure or side, used_for=used_for, negative="-" in more
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
