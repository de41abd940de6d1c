"""The office: what every interface calls. It knows persistence, plugins and users, and no interface."""

from .backoffice import Backoffice
from .desk import Desk
from .queries import Page, Question

__all__ = ["Backoffice", "Desk", "Page", "Question"]
