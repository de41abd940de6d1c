"""The `backoffice` command."""


def main() -> None:
    from backoffice.core.cli import cli

    cli()
