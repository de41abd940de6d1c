"""What templates find around them: words and values in the reader's language, static files, plugins' folders.

Everything here works for pages of plugins as well: they extend ``console/base.html`` and call ``render_template``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final, cast

from flask import Flask, current_app, g, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, FileSystemLoader, PrefixLoader, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup
from werkzeug.local import LocalProxy

from backoffice.core.office import Backoffice
from backoffice.core.text import translate
from backoffice.core.web.compression import KINDS, accepted, squeezed
from backoffice.hookspecs import Label

from . import frame
from .drawing import NUMBERS, Drawing
from .kept import drawn, form_token, kept, opening
from .reader import reader

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
DOMAIN: Final = "console"
ONE_YEAR: Final = 365 * 24 * 60 * 60


def install(app: Flask, office: Backoffice) -> None:
    """Prepare the templates of ``app``: the console's own, and those of every active plugin under its name."""
    app.jinja_loader = loader(office)
    env = app.jinja_env
    env.bytecode_cache = _Compiled()
    env.trim_blocks = env.lstrip_blocks = True
    env.finalize = _finalize
    env.globals.update(
        _=_say,
        ngettext=_count,
        around=around,
        opening=opening,
        csrf_token=form_token,
        asset=asset,
        icon=lambda *given, **more: drawing().icon(*given, **more),
        badge=lambda *given, **more: drawing().badge(*given, **more),
        figure=lambda *given, **more: drawing().figure(*given, **more),
        show=lambda *given, **more: drawing().value(*given, **more),
        table_rows=lambda *given, **more: drawing().rows(*given, **more),
        NUMBERS=NUMBERS,
        page=LocalProxy(frame.page),
    )
    env.filters.update(
        number=lambda value, places=None: reader().number(value, places),
        amount=lambda value, currency="": reader().amount(value, currency),
        money=lambda value, currency="": reader().money(value, currency),
        quantity=lambda value: reader().quantity(value),
        percent=lambda value: reader().percent(value),
        day=lambda value: reader().day(value),
        instant=lambda value: reader().instant(value),
    )


class _Compiled(BytecodeCache):
    """Templates compiled by this process, shared by its applications: a second one starts at once."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template that was compiled before from the same source."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


def loader(office: Backoffice) -> BaseLoader:
    """Return what finds templates: ``accounting/card.html`` in the plugin accounting and nowhere else."""
    folders: dict[str, BaseLoader] = {"console": FileSystemLoader(HERE / "templates" / "console")}
    for name in office.manager.active():
        found = office.manager.folders(name).templates
        if found is not None and (found / name).is_dir() and name != "console":
            folders[name] = FileSystemLoader(found / name)
    return ChoiceLoader([PrefixLoader(folders)])


def render(template: str, **context: Any) -> str:
    """Return the page ``template`` of the console."""
    return render_template(f"console/{template}.html", **context)


def render_kept(
    template: str, key: Hashable | None, openings: Mapping[str, str], context: Callable[[], Mapping[str, Any]]
) -> str:  # fmt: skip
    """Return the page ``template``, drawn once for ``key`` and the frame, with ``openings`` put into it each time.

    ``context`` is asked for where it has to be drawn; so it is each time without a key, and with a message to tell.
    """
    found = None if key is None or frame.page().messages else (template, frame.facts(), key)
    return drawn(found, lambda: render(template, **context()), openings)


def around(part: str) -> Markup:
    """Return a part of the frame of this page, drawn once for all pages on which it is the same."""
    page = frame.page()
    look = g.get("frame_look")
    if look is None:
        look = g.frame_look = frame.look(page)
    return drawn(("around", part, look), lambda: macro("around", part)(page))


def macro(file: str, name: str) -> Any:
    """Return a macro of the console's templates, to be called."""
    return getattr(current_app.jinja_env.get_template(f"console/macros/{file}.html").module, name)


def drawing() -> Drawing:
    """Return what draws values for the reader of this request."""
    found = g.get("drawing")
    if found is None:
        found = g.drawing = Drawing(reader(), asset("icons.svg"))
    return cast(Drawing, found)


def _finalize(value: Any) -> Any:
    return translate(value, reader().language) if isinstance(value, Label) else value


@pass_context
def _say(context: Context, text: str, **values: Any) -> str:
    """Translate the words of a template; numbers and codes among ``values`` keep their own direction."""
    return _translated(context, Label(text, values=values))


@pass_context
def _count(context: Context, one: str, many: str, count: int, **values: Any) -> str:
    said = {"count": reader().number(count), **values}
    return _translated(context, Label(one, values=said, plural=many, count=count))


def _translated(context: Context, label: Label) -> str:
    """Translate ``label`` by the catalogue of the plugin whose template is shown, else by the console's.

    A page of a plugin extends the console's frame, and the words of both are asked for under the page's own name.
    """
    language, plugin = reader().language, (context.name or "").partition("/")[0]
    for domain in dict.fromkeys((plugin or DOMAIN, DOMAIN)):
        label.domain = domain
        said = translate(label, language)
        if said != label.filled():
            break
    return said


# -- static files ------------------------------------------------------------------------------------------------


@cache
def digest() -> str:
    """Return a name that changes with any of the static files, so that browsers may keep them for ever.

    It stands in the path, and not behind it, so that a module's relative imports carry it along.
    """
    found = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def asset(file: str) -> str:
    """Return the address of a static file of the console."""
    version = _version()
    return kept(("asset", version, file), lambda: url_for("console.asset", version=version, file=file))


def _version() -> str:
    """Return the present version of the static files; while templates are reloaded it is asked for each time."""
    if current_app.config.get("TEMPLATES_AUTO_RELOAD"):
        digest.cache_clear()
    return digest()


def serve(version: str, file: str) -> ResponseReturnValue:
    """Answer with a static file; under its present name it may be kept for ever, under another for a moment."""
    present = version == digest()
    response = send_from_directory(STATIC, file, conditional=True, max_age=ONE_YEAR if present else 60)
    if accepted() and response.status_code == 200 and response.mimetype in KINDS:
        # There is nothing secret in these files, so everybody may have them small.
        response.direct_passthrough, opened = False, cast(Any, response.response)
        response.set_data(squeezed(f"{version}/{file}", response.get_data()))
        opened.close()
        response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable" if present else "public, max-age=60"
    return response


__all__ = ["around", "asset", "drawing", "install", "macro", "render", "render_kept", "serve"]
