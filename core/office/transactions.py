"""One transaction, retried whole: deadlocks and busy databases are tried again, everything else is explained."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from backoffice.core.errors import BackofficeError
from backoffice.core.persistence import Context, Database, Session
from backoffice.core.persistence.database import can_retry, explain, stale
from backoffice.core.persistence.session import Services

T = TypeVar("T")

ATTEMPTS = 6
"""The first one and five more."""


def transact(database: Database, context: Context, services: Services, work: Callable[[Session], T]) -> T:
    """Return ``work(session)`` committed, or raise an error of our tree with nothing written.

    ``work`` may run several times; nothing in it happens outside the database.
    """
    for attempt in range(1, ATTEMPTS + 1):
        session = database.session(context, services)
        try:
            with session.begin():
                return work(session)
        except BackofficeError:
            raise
        except StaleDataError as error:
            raise stale() from error
        except exc.SQLAlchemyError as error:
            if not can_retry(error) or attempt == ATTEMPTS:
                raise explain(error, database) from error
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
        finally:
            session.close()
    raise AssertionError("unreachable: the last attempt returns or raises")
