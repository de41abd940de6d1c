"""The frame of what runs inside Tryton's own environment: a company to prepare, and work that lines of input ask for.

Such a script is called as `SCRIPT prepare|serve CONFIGURATION DATABASE DIALECT`, and ends with :func:`run`.
"""

import copy
import datetime
import json
import sys
import time

WHAT, CONFIGURATION, DATABASE, DIALECT = sys.argv[1:5]
TODAY = datetime.date.today()
THIS_YEAR = (datetime.date(TODAY.year, 1, 1), datetime.date(TODAY.year, 12, 31))


def make_company():
    """Make a company, work for it from now on, and return it."""
    from proteus import config as connection
    from trytond.config import config

    config.update_etc(CONFIGURATION)
    url = f"sqlite:///{DATABASE}" if DIALECT == "sqlite" else f"postgresql:///{DATABASE}"
    here = connection.set_trytond(url, user="admin", config_file=CONFIGURATION)
    from proteus import Model
    from trytond.modules.company.tests.tools import create_company, get_company

    create_company()
    company = get_company()
    here._context = Model.get("res.user").get_preferences(True, {})
    here._context["company"] = company.id
    return company


class Work:
    """Work in committed transactions of the administrator; a class of its own does :meth:`work`."""

    def __init__(self):
        from trytond.config import config

        config.update_etc(CONFIGURATION)
        from trytond.pool import Pool
        from trytond.transaction import Transaction, TransactionError

        self.Transaction, self.TransactionError = Transaction, TransactionError
        Pool.start()
        self.pool = Pool(DATABASE)
        self.pool.init()
        self.kept = {}
        with Transaction().start(DATABASE, 0, readonly=True):
            self.user = self.pool.get("res.user").search([("login", "=", "admin")])[0].id
            self.company = self.pool.get("company.company").search([], limit=1)[0].id
        with self._start():
            self.learn()

    def _start(self, **more):
        context = {"company": self.company, "language": "en"}
        return self.Transaction().start(DATABASE, self.user, context=context, **more)

    def learn(self):
        """Look up what the work needs."""
        raise NotImplementedError

    def work(self, count):
        """Do ``count`` of what is asked for; below zero the other way round."""
        raise NotImplementedError

    def commit(self, count):
        """Work in one transaction, again with the lock it asks for as its server does."""
        extras = copy.deepcopy(self.kept)
        while True:
            try:
                with self._start(**extras):
                    self.work(count)
                return
            except self.TransactionError as error:
                error.fix(extras)
                error.fix(self.kept)


def run(prepare, work):
    """Prepare, or work for as long as each line of the input says and print how many a second, and a computed one."""
    if WHAT == "prepare":
        prepare()
        return
    working = work()
    for line in sys.stdin:
        count, seconds = json.loads(line)
        done, began, computed = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            working.commit(count)
            done += abs(count)
        print(done / (time.perf_counter() - began), done / (time.process_time() - computed), flush=True)
