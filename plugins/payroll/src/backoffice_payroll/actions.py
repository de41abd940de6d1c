"""What people and programs do with payroll; the rules are in the modules these functions call."""

from __future__ import annotations

from datetime import date
from typing import Any

from backoffice.core.api import Session

from . import examples, runs, sending
from .models import Run


def compute(session: Session, run: Run) -> dict[str, Any]:
    """Work out the payslips of a run."""
    return runs.compute(session, run)


def reopen(session: Session, run: Run) -> dict[str, Any]:
    """Make a run a draft again."""
    return runs.reopen(session, run)


def approve(session: Session, run: Run) -> dict[str, Any]:
    """Make the payslips of a run final, and post it."""
    return runs.approve(session, run)


def pay(session: Session, run: Run, *, date: date | None = None, against: str | None = None) -> dict[str, Any]:
    """Write down that the money was sent."""
    return runs.pay(session, run, on=date, against=against or "bank")


def unpay(session: Session, run: Run, *, reason: str, against: str | None = None) -> dict[str, Any]:
    """Take the payment back."""
    return runs.unpay(session, run, reason=reason, against=against or "bank")


def undo(session: Session, run: Run, *, reason: str, date: date | None = None) -> dict[str, Any]:
    """Take an approved run back."""
    return runs.undo(session, run, reason=reason, on=date)


def send(session: Session, run: Run) -> dict[str, Any]:
    """Mail the payslips of a run to those who have an address."""
    return sending.send(session, run)


def install_examples(session: Session) -> dict[str, Any]:
    """Add components and a structure to begin with."""
    return examples.install(session)
