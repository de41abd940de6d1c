"""What a view asks of its visitor. A view that declares nothing is never served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "__backoffice_access__"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may open a view: anybody, whoever is signed in, or whoever has a permission."""

    public: bool = False
    permission: str = ""
    recognised: bool = True
    """Whether a public view wants to know who looks; static files and health checks do not."""


def permission(name: str) -> Callable[[View], View]:
    """Open a view to those who have the permission ``name``."""
    return _declaring(Access(permission=name))


def signed_in(view: View) -> View:
    """Open a view to everyone signed in; what it shows is checked where it is read."""
    return _declaring(Access())(view)


def public(view: View) -> View:
    """Open a view to everybody; ``g.identity`` says who looks, if it is known."""
    return _declaring(Access(public=True))(view)


def unrecognised(view: View) -> View:
    """Open a view to everybody without finding out who they are: it works without a database."""
    return _declaring(Access(public=True, recognised=False))(view)


def access_of(view: Callable[..., Any] | None, endpoint: str) -> Access | None:
    """Return what ``view`` declares, ``None`` when it declares nothing; static files are public."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return Access(public=True, recognised=False)
    found: Access | None = getattr(view, _ATTRIBUTE, None)
    return found


def _declaring(access: Access) -> Callable[[View], View]:
    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, access)
        return view

    return declare


__all__ = ["Access", "access_of", "permission", "public", "signed_in", "unrecognised"]
