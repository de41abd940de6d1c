"""A person at a browser without scripts: opens pages, reads them, fills forms and presses their buttons.

Everything goes through the real application: cookies, form tokens, redirects, errors. A test says what someone does::

    visitor = Visitor(office)
    visitor.arrive("amal")
    visitor.open("/records/core.branch/new")
    visitor.press("Create", code="north", name="North")
    assert visitor.page.says("North")
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.builtin.console.sign_ins import TOKEN
from backoffice.core.office import Backoffice
from backoffice.core.users.models import Organization, User
from backoffice.core.users.sessions import start
from backoffice.core.web import create_app

from .offices import PASSWORD

_VOID: Final = frozenset({"input", "meta", "link", "br", "hr", "img", "use", "rect", "path", "circle", "option"})
_SILENT: Final = frozenset({"template", "script", "style", "dialog", "head", "svg"})


@dataclass
class Button:
    """A button of a form: what it says and what it sends."""

    label: str
    name: str = ""
    value: str = ""
    action: str = ""


@dataclass
class Form:
    """A form with the values a browser would send."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[Button] = field(default_factory=list)


@dataclass
class Seen:
    """A page as it was answered."""

    path: str
    status: int
    html: str
    headers: Mapping[str, str]
    text: str = ""
    title: str = ""
    heading: str = ""
    forms: list[Form] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    """What a link says → its address; of several the first."""
    data: bytes = b""

    def says(self, *texts: str) -> bool:
        """Tell whether all of ``texts`` stand on the page."""
        return all(" ".join(text.split()) in self.text for text in texts)

    def form_of(self, button: str) -> tuple[Form, Button]:
        """Return the form that has a button labelled ``button``."""
        for form in self.forms:
            for each in form.buttons:
                if each.label == button:
                    return form, each
        known = [each.label for form in self.forms for each in form.buttons]
        raise AssertionError(f"no button {button!r} on {self.path}; there are {known}")

    def value(self, name: str) -> str:
        """Return what stands in the input ``name``."""
        for form in self.forms:
            for known, value in form.values:
                if known == name:
                    return value
        raise AssertionError(f"no input {name!r} on {self.path}")


class Visitor:
    """One browser. ``page`` is the page it shows."""

    def __init__(self, office: Backoffice, *, language: str = "en") -> None:
        self.office = office
        self.app = create_app(office)
        self.client = self.app.test_client()
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        self.client.environ_base["HTTP_ACCEPT"] = "text/html"
        self.page = Seen("", 0, "", {})

    def sign_in(self, username: str = "admin", password: str = PASSWORD) -> Seen:
        """Sign in through the door."""
        if not any("username" in form.names for form in self.page.forms):
            self.open("/sign-in")
        form = next(form for form in self.page.forms if "username" in form.names)
        return self._send(form, None, {"username": username, "password": password})

    def arrive(self, username: str = "admin", organization: str = "acme") -> Seen:
        """Be signed in without going through the door, for tests of what lies behind it."""
        with self.office.database.system() as session, session.begin():
            wanted = (
                sa.select(User)
                .join(Organization, Organization.id == User.organization_id)
                .where(User.username == username, Organization.code == organization)
            )
            token = start(session, session.scalars(wanted).one(), address="", agent="")
        with self.client.session_transaction() as cookie:
            cookie[TOKEN] = token
        return self.open("/")

    def open(self, path: str, **headers: str) -> Seen:
        """Open an address and follow where it leads."""
        return self._read(self.client.get(path, follow_redirects=True, headers=headers))

    def follow(self, link: str) -> Seen:
        """Follow the link that says ``link``."""
        if link not in self.page.links:
            raise AssertionError(f"no link {link!r} on {self.page.path}; there are {sorted(self.page.links)}")
        return self.open(self.page.links[link])

    def press(self, button: str, /, values: Mapping[str, Any] | None = None, **more: Any) -> Seen:
        """Fill the form that has the button, as far as ``values`` say, and press it."""
        form, pressed = self.page.form_of(button)
        return self._send(form, pressed, {**(values or {}), **more})

    def post(self, path: str, values: Mapping[str, Any], **headers: str) -> Seen:
        """Send ``values`` to an address with the form token of the present page."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page.html)
        data = {**({"csrf_token": token[1]} if token else {}), **values}
        return self._read(self.client.post(path, data=data, follow_redirects=True, headers=headers))

    def _send(self, form: Form, button: Button | None, values: Mapping[str, Any]) -> Seen:
        sent = [(name, value) for name, value in form.values if name not in values]
        for name, value in values.items():
            many = value if isinstance(value, list) else [value]
            sent += [(name, one) for one in many if one is not None]
        if button is not None and button.name:
            sent.append((button.name, button.value))
        address = (button.action if button is not None else "") or form.action or self.page.path
        data: dict[str, Any] = {}
        for name, value in sent:
            data.setdefault(name, []).append(value)
        if form.method == "get":
            return self._read(self.client.get(address, query_string=data, follow_redirects=True))
        headers = {"Referer": f"http://localhost{self.page.path}"}
        return self._read(self.client.post(address, data=data, follow_redirects=True, headers=headers))

    def _read(self, response: Any) -> Seen:
        path = response.request.full_path.rstrip("?")
        html = response.get_data(as_text=True) if response.mimetype.startswith("text/") else ""
        self.page = Seen(path, response.status_code, html, response.headers, data=response.get_data())
        response.close()
        if response.mimetype == "text/html":
            _Reading(self.page).feed(html)
            self.page.text = " ".join(self.page.text.split())
        return self.page


class _Reading(HTMLParser):
    """Reads a page: its visible text, links and forms."""

    def __init__(self, page: Seen) -> None:
        super().__init__()
        self.page = page
        self.open: list[str] = []
        self.form: Form | None = None
        self.button: Button | None = None
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.area: str | None = None
        self.link: tuple[str, list[str]] | None = None

    @property
    def silent(self) -> bool:
        return any(tag in _SILENT for tag in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self.open.append(tag)
        if "template" in self.open:
            return
        if tag == "form":
            self.form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.page.forms.append(self.form)
        elif tag == "a" and "href" in given:
            self.link = (given["href"], [])
        elif self.form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self.form is not None
        name = given.get("name", "")
        if name:
            self.form.names.add(name)
        if tag == "button":
            self.button = Button("", name, given.get("value", ""), given.get("formaction", ""))
            if given.get("type", "submit") == "submit":
                self.form.buttons.append(self.button)
        elif tag == "input" and name and given.get("type") not in {"submit", "file"}:
            is_box = given.get("type") in {"checkbox", "radio"}
            if not is_box or "checked" in given:
                self.form.values.append((name, given.get("value", "on" if is_box else "")))
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select is not None:
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.area = name
            self.form.values.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "form":
            self.form = None
        elif tag == "button":
            self.button = None
        elif tag == "select" and self.select is not None and self.form is not None:
            chosen = next((value for value, selected in self.options if selected), None)
            first = self.options[0][0] if self.options else ""
            self.form.values.append((self.select, first if chosen is None else chosen))
            self.select = None
        elif tag == "textarea":
            self.area = None
        elif tag == "a" and self.link is not None:
            address, said = self.link
            self.page.links.setdefault(" ".join("".join(said).split()), address)
            self.link = None

    def handle_data(self, data: str) -> None:
        if "title" in self.open and "svg" not in self.open:
            self.page.title += data
        if "template" in self.open:
            return
        if self.area is not None and self.form is not None:
            name, value = self.form.values[-1]
            self.form.values[-1] = (name, value + data)
            return
        if self.button is not None:
            self.button.label = " ".join(f"{self.button.label} {data}".split())
        if self.link is not None:
            self.link[1].append(data)
        if "h1" in self.open:
            self.page.heading = " ".join(f"{self.page.heading} {data}".split())
        if not self.silent:
            self.page.text += f" {data}"


__all__ = ["Seen", "Visitor"]
