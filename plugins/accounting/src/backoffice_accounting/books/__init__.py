"""Books of other programs, in and out: ledger and hledger journals, Beancount, GnuCash, and entries as CSV.

Reading is pure: :mod:`.reading` makes a :class:`~.book.Book` of a file, :mod:`.valuing` says what of it stands in books
kept in one currency, and :mod:`.loading` posts that. :mod:`.writing` goes the other way.
"""
