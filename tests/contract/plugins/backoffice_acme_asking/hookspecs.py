"""What is asked."""

from backoffice.hookspecs import hookspec


@hookspec
def acme_asking_opinion(subject):
    """Give an opinion about ``subject``, a word."""
