"""A syntax said once: a table of elements and the fields they hold, by which documents are read and written alike.

Reader and writer walk the same table, so neither knows an element the other forgets, and elements come out in the order
the table has, which is the order of the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Any

from .values import Element, Fixed, Node, Value, Values, Way, missing


class Within(Node):
    """An element between a record and its values."""

    def __init__(self, tag: str, *nodes: Node) -> None:
        self.tag = tag
        self.nodes = nodes

    def _found(self, parent: Element, way: Way) -> Iterator[Element]:
        return (e for e in way.children(parent, self.tag) if all(node.matches(e, way) for node in self.nodes))

    def matches(self, parent: Element, way: Way) -> bool:
        """Say whether there is such an element, where its nodes tell some apart."""
        if not _tells_apart(self):
            return True
        return next(self._found(parent, way), None) is not None

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read what is inside the first of them."""
        found = next(self._found(parent, way), None)
        if found is not None:
            for node in self.nodes:
                node.read(found, into, way)
        elif _required(self):
            raise missing(self.tag, parent)

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write it when something is inside."""
        made = way.add(parent, self.tag)
        said = [node.write(record, made, way) for node in self.nodes]
        if not any(said) and not _tells_apart(self):
            parent.remove(made)
        return any(said)


def _tells_apart(node: Within) -> bool:
    """Say whether an element is there to tell its parent apart, holding nothing but fixed text."""
    return all(isinstance(inner, Fixed) for inner in node.nodes)


def _required(node: Node) -> bool:
    if isinstance(node, Within):
        return any(_required(inner) for inner in node.nodes)
    return isinstance(node, Value) and node.required


class Shape:
    """The nodes that make up one kind of record."""

    def __init__(self, make: type[Any], *nodes: Node) -> None:
        self.make = make
        self.nodes = nodes
        bare = {f.name: f.type for f in fields(make) if f.default is MISSING and f.default_factory is MISSING}
        self.texts = {name for name, type_ in bare.items() if type_ in ("str", str)}
        self.needed = bare.keys() - self.texts

    def matches(self, element: Element, way: Way) -> bool:
        """Say whether ``element`` is one of these."""
        return all(node.matches(element, way) for node in self.nodes)

    def read(self, element: Element, way: Way) -> Any:
        """Return the record ``element`` holds, or nothing when it is empty."""
        values: Values = {}
        for node in self.nodes:
            node.read(element, values, way)
        values = {name: value for name, value in values.items() if value not in (None, "", ())}
        if not values:
            return None
        for name in self.texts - values.keys():
            values[name] = ""
        if absent := self.needed - values.keys():
            raise missing(min(absent), element)
        return self.make(**values)

    def write(self, record: Any, element: Element, way: Way) -> bool:
        """Write ``record`` into ``element``."""
        said = [node.write(record, element, way) for node in self.nodes]
        return any(said)


@dataclass(frozen=True, slots=True)
class One(Node):
    """A record inside another."""

    tag: str
    name: str
    shape: Shape

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read the first that matches."""
        for child in way.children(parent, self.tag):
            if self.shape.matches(child, way):
                into[self.name] = self.shape.read(child, way)
                return

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write it when it is there."""
        value = getattr(record, self.name)
        return value is not None and _written(self.shape, value, parent, self.tag, way)


@dataclass(frozen=True, slots=True)
class Here(Node):
    """A record inside another that has no element of its own."""

    name: str
    shape: Shape

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read it from the same element."""
        into[self.name] = self.shape.read(parent, way)

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write it into the same element."""
        value = getattr(record, self.name)
        return value is not None and self.shape.write(value, parent, way)


@dataclass(frozen=True, slots=True)
class Each(Node):
    """Records inside another."""

    tag: str
    name: str
    shape: Shape

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read all that match."""
        matching = (child for child in way.children(parent, self.tag) if self.shape.matches(child, way))
        found = [self.shape.read(child, way) for child in matching]
        into[self.name] = (*into.get(self.name, ()), *(one for one in found if one is not None))

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write them in their order."""
        said = [_written(self.shape, one, parent, self.tag, way) for one in getattr(record, self.name)]
        return any(said)


def _written(shape: Shape, value: Any, parent: Element, tag: str, way: Way) -> bool:
    made = way.add(parent, tag)
    if shape.write(value, made, way):
        return True
    parent.remove(made)
    return False


@dataclass(frozen=True, slots=True)
class Own(Node):
    """What no table can say: two functions."""

    reading: Callable[[Element, Values, Way], None]
    writing: Callable[[Any, Element, Way], bool]

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read by the function."""
        self.reading(parent, into, way)

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write by the function."""
        return self.writing(record, parent, way)
