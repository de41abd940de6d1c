"""Values in XML: how text, days, amounts, numbers and files stand in an element, read and written alike."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

_ = messages("einvoicing")

Element = Any
"""An element of lxml, which says nothing about its types."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """The namespaces of a syntax by prefix."""

    known: Mapping[str, str]

    def __call__(self, name: str) -> str:
        prefix, tag = name.split(":")
        return f"{{{self.known[prefix]}}}{tag}"


@dataclass(frozen=True, slots=True)
class Way:
    """What reading and writing need all along: names, and the currency of amounts."""

    names: Names
    currency: str = ""

    def children(self, parent: Element, tag: str) -> Iterator[Element]:
        """Yield the children of ``parent`` called ``tag``."""
        found: Iterator[Element] = parent.iterchildren(self.names(tag))
        return found

    def text(self, parent: Element, tag: str) -> str:
        """Return the text of the first child called ``tag``, empty when there is none."""
        for child in self.children(parent, tag):
            return text_of(child)
        return ""

    def add(self, parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
        """Add a child called ``tag`` and return it."""
        made = etree.SubElement(parent, self.names(tag), {name: value for name, value in attributes.items() if value})
        made.text = text
        return made


def text_of(element: Element) -> str:
    """Return the text of an element without the blanks around it."""
    return "".join(element.itertext()).strip()


class Node:
    """A part of the table."""

    def matches(self, parent: Element, way: Way) -> bool:
        """Say whether ``parent`` may be the element this node lies in."""
        return True

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Put what is found below ``parent`` into ``into``."""

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write what ``record`` says below ``parent``; false when it says nothing."""
        return False


# -- values ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value stands in an element: how it is read, and what text and attributes it becomes."""

    read: Callable[[Element], Any]
    write: Callable[[Any, Way], tuple[str, dict[str, str]]]


def _decimal(element: Element) -> Decimal:
    text = text_of(element)
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or len(text) > 40 or "E" in text.upper():
        raise unreadable(element, text)
    return found


def unreadable(element: Element, text: str) -> InvalidInput:
    """Return the error for a value that cannot be read."""
    return InvalidInput(
        _("The electronic invoice cannot be read."),
        why=_("{value} is no value for {element}, line {line}.").with_values(
            value=text[:80] or "“”", element=etree.QName(element).localname, line=element.sourceline or 0
        ),
        remedy=_("Ask the sender for a document that follows the norm."),
    )


def _day(text: str, pattern: str, element: Element) -> date:
    try:
        return datetime.strptime(text[: 10 if "-" in pattern else 8], pattern).date()
    except ValueError as error:
        raise unreadable(element, text) from error


def number_text(value: Decimal) -> str:
    """Return a number as XML writes it: never with an exponent."""
    return format(value, "f")


TEXT = Kind(text_of, lambda value, way: (value, {}))
NUMBER = Kind(_decimal, lambda value, way: (number_text(value), {}))
AMOUNT = Kind(_decimal, lambda value, way: (number_text(value), {"currencyID": way.currency}))
DAY = Kind(lambda e: _day(text_of(e), "%Y-%m-%d", e), lambda value, way: (value.isoformat(), {}))
DAY_102 = Kind(
    lambda e: _day(text_of(e), "%Y%m%d", e), lambda value, way: (value.strftime("%Y%m%d"), {"format": "102"})
)


def identifier(make: Callable[..., Any], scheme: str = "schemeID") -> Kind:
    """Return the kind of a number with its scheme in an attribute."""
    return Kind(
        lambda element: make(text_of(element), element.get(scheme, "").strip()),
        lambda value, way: (value.value, {scheme: value.scheme}),
    )


def file(make: Callable[..., Any]) -> Kind:
    """Return the kind of a file in base64."""

    def read(element: Element) -> Any:
        try:
            data = b64decode("".join(text_of(element).split()), validate=True)
        except (BadBase64, ValueError) as error:
            raise unreadable(element, text_of(element)) from error
        return make(data, element.get("mimeCode", ""), element.get("filename", ""))

    return Kind(
        read, lambda value, way: (b64encode(value.data).decode(), {"mimeCode": value.type, "filename": value.name})
    )


@dataclass(frozen=True, slots=True)
class Value(Node):
    """One element with one value."""

    tag: str
    name: str
    kind: Kind = TEXT
    required: bool = False

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read the first element of that name."""
        for child in way.children(parent, self.tag):
            if text_of(child):
                into.setdefault(self.name, self.kind.read(child))
                return
        if self.required:
            raise missing(self.tag, parent)

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write the value when there is one."""
        value = getattr(record, self.name)
        if value is None or value == "":
            return False
        text, attributes = self.kind.write(value, way)
        way.add(parent, self.tag, text, **attributes)
        return True


def missing(tag: str, parent: Element) -> InvalidInput:
    """Return the error for an element that has to be there."""
    return InvalidInput(
        _("The electronic invoice cannot be read."),
        why=_("{element} is missing in {parent}, line {line}.").with_values(
            element=tag.split(":")[-1], parent=etree.QName(parent).localname, line=parent.sourceline or 0
        ),
        remedy=_("Ask the sender for a document that follows the norm."),
    )


@dataclass(frozen=True, slots=True)
class Measured(Value):
    """An element with a number and, in an attribute, its unit."""

    unit: str = "unit"
    kind: Kind = NUMBER

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read number and unit."""
        for child in way.children(parent, self.tag):
            into[self.name] = _decimal(child)
            into[self.unit] = child.get("unitCode", "")
            return
        if self.required:
            raise missing(self.tag, parent)

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write number and unit."""
        value = getattr(record, self.name)
        if value is None:
            return False
        way.add(parent, self.tag, number_text(value), unitCode=getattr(record, self.unit))
        return True


@dataclass(frozen=True, slots=True)
class Texts(Node):
    """Elements of one name, each a value; ``where`` says which of them, on either way."""

    tag: str
    name: str
    kind: Kind
    where: Callable[[Any], bool] = lambda value: True

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read them in their order, after those that are there already."""
        found = [self.kind.read(child) for child in way.children(parent, self.tag) if text_of(child)]
        into[self.name] = (*into.get(self.name, ()), *filter(self.where, found))

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write them in their order."""
        values = [value for value in getattr(record, self.name) if self.where(value)]
        for value in values:
            text, attributes = self.kind.write(value, way)
            way.add(parent, self.tag, text, **attributes)
        return bool(values)


BOOLEANS = {"0": "false", "1": "true"}
"""The other way XML schema has of writing true and false."""


@dataclass(frozen=True, slots=True)
class Fixed(Node):
    """An element that always says the same, and by which others are told apart."""

    tag: str
    text: str
    differs: bool = False
    """Those are meant that say anything else; ``text`` is written."""
    other: str = ""

    def matches(self, parent: Element, way: Way) -> bool:
        """Say whether the element says that."""
        said = way.text(parent, self.tag)
        said = BOOLEANS.get(said, said)
        return bool(said) and said != self.other if self.differs else said == self.text

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write it; alone it does not count."""
        way.add(parent, self.tag, self.text)
        return False


@dataclass(frozen=True, slots=True)
class Filler(Node):
    """An element a schema asks for although nothing is to be said; passed over in reading."""

    tag: str
    text: str

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write it; alone it does not count."""
        way.add(parent, self.tag, self.text)
        return False
