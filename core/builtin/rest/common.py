"""What every address shares in the specification: parameters, headers, and the ways to fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from backoffice.core.exchange import FORMATS
from backoffice.core.exchange.writers import REPORT_FORMATS
from backoffice.core.office.keys import LONGEST_KEY
from backoffice.core.office.queries import LARGEST_PAGE
from backoffice.hookspecs import messages

_ = messages("rest")

Schema = dict[str, Any]

DONE: Final = _("Done.")

PROBLEMS: Final = {
    400: ("MalformedRequest", _("It cannot be read: broken JSON, an unknown or repeated parameter.")),
    401: ("NotSignedIn", _("No token, or one that expired or was revoked.")),
    403: ("Forbidden", _("Known, but not allowed.")),
    404: ("NotFound", _("Nothing of that name or number that the caller may see.")),
    405: ("MethodNotAllowed", _("Not possible at this address.")),
    409: (
        "Conflict",
        _("The record is not in the state this needs, its version is stale, or a unique value is taken."),
    ),
    412: ("StaleVersion", _("The record changed since the version in If-Match.")),
    413: ("TooLarge", _("The body is larger than accepted.")),
    415: ("UnsupportedType", _("The body is of a kind that is not accepted here.")),
    422: ("InvalidInput", _("Values are wrong, a rule forbids it, or the idempotency key was used for another body.")),
    429: ("TooManyRequests", _("Too many requests; Retry-After says how long to wait.")),
    500: ("Failure", _("The program made a mistake; nothing was changed.")),
    503: ("Unavailable", _("Not now: the database is missing, busy or older than the program.")),
}
"""Status → name and meaning."""

EVERYWHERE: Final = (400, 401, 403, 404, 405, 429, 500, 503)
"""What can happen at every address; 404 also when the company in the header is not one of the caller's."""


def reference(kind: str, name: str) -> Schema:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def json_content(schema: Schema) -> Schema:
    """Return the content of a JSON body or answer."""
    return {"application/json": {"schema": schema}}


def file_content(*, form: bool = False) -> Schema:
    """Return the content of a file: as itself, and in an upload as the part ``file`` of a form as well."""
    file = {"schema": {"type": "string", "format": "binary"}}
    types = (
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/jsonl",
    )
    found: Schema = dict.fromkeys(types, file)
    found |= json_content({"type": "array", "items": {"type": "object"}})
    if form:
        schema = {"type": "object", "required": ["file"], "properties": {"file": file["schema"]}}
        found["multipart/form-data"] = {"schema": schema}
    return found


RESPONSES: Final[dict[str, Schema]] = {
    name: {"description": said, "content": {"application/problem+json": {"schema": reference("schemas", "Problem")}}}
    for name, said in PROBLEMS.values()
} | {
    "NotModified": {"description": _("The answer is the one with the tag in If-None-Match.")},
    "Pending": {
        "description": _("A second person has to agree first."),
        "content": json_content(
            {"type": "object", "properties": {"approval": {"type": "integer"}, "state": {"type": "string"}}}
        ),
    },
}
_OTHERS: Final = {304: "NotModified", 202: "Pending", **{status: name for status, (name, _said) in PROBLEMS.items()}}

LIST: Final[dict[str, Schema]] = {
    "Search": {"name": "q", "in": "query", "schema": {"type": "string"}, "description": _("Words to search for.")},
    "Fields": {
        "name": "fields", "in": "query", "schema": {"type": "string"},
        "description": _("Names of the fields wanted, parted by commas; lines.amount for a part of nested lines."),
    },
    "View": {
        "name": "view", "in": "query", "schema": {"type": "integer", "minimum": 1},
        "description": _("Number of a saved view; its filters, order and fields are asked too."),
    },
    "After": {"name": "after", "in": "query", "schema": {"type": "string"}, "description": _("Taken from next.")},
    "Before": {"name": "before", "in": "query", "schema": {"type": "string"}, "description": _("Taken from previous.")},
    "Limit": {
        "name": "limit", "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50},
    },
}  # fmt: skip

CONDITIONS: Final[dict[str, Schema]] = {
    "IfMatch": {
        "name": "If-Match", "in": "header", "schema": {"type": "string"},
        "description": _("The ETag of the record that is meant to be changed; another version is refused with 412."),
    },
    "IfNoneMatch": {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}},
    "IdempotencyKey": {
        "name": "Idempotency-Key", "in": "header",
        "schema": {"type": "string", "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
        "description": _("The same key and body give the first answer again; another body is refused."),
    },
    "AcceptLanguage": {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "example": "ar"},
}  # fmt: skip


def company(codes: Iterable[str]) -> Schema:
    """Return the header that names the company to work for, one of ``codes``."""
    return {
        "name": "Backoffice-Company", "in": "header", "schema": {"type": "string", "enum": list(codes)},
        "description": _("Code of the company to work for, by default the user's own."),
    }  # fmt: skip


FORMAT: Final[Schema] = {"name": "format", "in": "query", "schema": {"type": "string", "enum": list(FORMATS)}}
REPORT_FORMAT: Final[Schema] = {**FORMAT, "schema": {"type": "string", "enum": list(REPORT_FORMATS)}}
PRINTED: Final[Schema] = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}


def answers(status: int, content: Schema | None, others: Iterable[int]) -> Schema:
    """Return the answers of an operation: the good one, ``others``, and what can happen everywhere."""
    good: Schema = {"description": DONE} if content is None else {"description": DONE, "content": content}
    further = sorted({*others, *EVERYWHERE})
    return {str(status): good, **{str(one): reference("responses", _OTHERS[one]) for one in further}}


__all__ = [
    "CONDITIONS",
    "DONE",
    "FORMAT",
    "LIST",
    "PRINTED",
    "REPORT_FORMAT",
    "RESPONSES",
    "answers",
    "company",
    "file_content",
    "json_content",
    "reference",
]
