"""One answer."""

from backoffice.hookspecs import hookimpl


@hookimpl(optionalhook=True)
def acme_asking_opinion(subject):
    """Like everything."""
    return f"{subject}: good"
