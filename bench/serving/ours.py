"""The console itself, as `backoffice serve` makes it."""

import os
from pathlib import Path

from backoffice.core.configuration import load_configuration
from backoffice.core.office import Backoffice
from backoffice.core.web import create_app

app = create_app(Backoffice(load_configuration(Path(os.environ["BENCH_CONFIG"])), only=frozenset({"parties"})).start())
