"""Whatever stands in the tables is text: on every page, every paper as HTML and PDF, in every file of CSV and XLSX.

Two offices have the same rows in every table, one of plain words, the other of hostile texts. Each thing that is made
of them is held against the same of the other: it has no element, attribute or action more, and where the one shows the
word of a field, the other shows its hostile text, whole. A few things of each kind are looked at by default;
BACKOFFICE_THOROUGH=1 looks at all of them with every text, and at what BACKOFFICE_TEST_TEXTS names besides.
"""

import csv
import io
import os
import random
import re
import unicodedata
import zipfile
from html.parser import HTMLParser

import openpyxl
import pytest

from backoffice.core.errors import BackofficeError
from backoffice.core.exchange.exporting import export
from backoffice.core.exchange.reading import read_rows
from backoffice.core.exchange.tables import export_table
from backoffice.core.office.queries import Question, sortable
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.visiting import Visitor
from backoffice.core.text import LANGUAGES

from .hostile import filled, texts

THOROUGH = os.environ.get("BACKOFFICE_THOROUGH") == "1"
SEED = int(os.environ.get("BACKOFFICE_FAULTS_SEED", "20260115"))
ROWS = int(os.environ.get("BACKOFFICE_TEST_ROWS", len(texts()) if THOROUGH else 1))
"""So many rows give every field every text, since the number of texts is made one that no step divides."""
SOME = None if THOROUGH or "BACKOFFICE_TEST_ROWS" in os.environ else 6
"""How many things of each kind are looked at."""
PAPERS = int(os.environ.get("BACKOFFICE_TEST_PAPERS", min(ROWS, 60)))
"""Rows of which papers are made."""
PAGES = min(PAPERS, 12)
"""Rows of which pages are opened."""

WORD = re.compile(r"wo(\d+)rd")
FORMULA = re.compile(r"\s*[=+\-@\t\r\n\0＝＋－＠]")
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*%?")
ACTIVE = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|OpenAction|AA|URI|GoToR|SubmitForm|ImportData|RichMedia)\b"
)
BESIDE = re.compile(r"external|vba|embed|connection|drawing|_rels/sheet")
SCHEMES = re.compile(r"(https?:|mailto:|tel:|data:image/|[^:]*$|[/?#])")


class Pair:
    """The two offices, and what stands at each place of the hostile one."""

    def __init__(self, folder):
        for name in ("plain", "hostile"):
            (folder / name).mkdir()
        all_texts = texts()
        shift = random.Random(SEED).randrange(len(all_texts))
        self.plain, self.words = filled(folder / "plain", 60 if ROWS > 50 else 2, lambda n: f"wo{n}rd")
        self.places = {m[0]: place for place, word in self.words.items() if (m := WORD.match(word))}
        self.hostile, self.written = filled(folder / "hostile", ROWS, lambda n: all_texts[(n + shift) % len(all_texts)])

    def desks(self):
        return desk_of(self.plain), desk_of(self.hostile)

    def expected(self, shown, row):
        """Return the hostile texts of a row that stand where ``shown``, made of the first row, has their words."""
        places = {self.places[m[0]] for m in WORD.finditer(shown) if m[0] in self.places}
        moved = [re.sub(r"\.1$", f".{row}", place) for place in places]
        return [self.written[place] for place in moved if place in self.written]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    made = Pair(tmp_path_factory.mktemp("pair"))
    yield made
    made.plain.close()
    made.hostile.close()


def some(names):
    """Return the names to look at."""
    names = list(names)
    return names if SOME is None or len(names) <= SOME else random.Random(SEED).sample(names, SOME)


def bare(text):
    """Return a text without blanks and without what has no form of its own, which papers add and lines break."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in {"Cf", "Zl", "Zp"})


class Skeleton(HTMLParser):
    """The elements of a page with the names of their attributes, its addresses, and its text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.shapes, self.addresses, self._inside = set(), set(), ""
        self._said, self._beside = [], []
        self.feed(html)
        self.close()
        self.text = "".join([*self._said, " ", *self._beside])

    def handle_starttag(self, tag, attrs):
        self._inside = tag if tag in {"script", "style"} else ""
        self.shapes.add((tag, *sorted({name for name, _value in attrs})))
        for name, value in attrs:
            if name in {"href", "src", "action", "formaction", "data", "poster", "srcset"}:
                self.addresses.add(value or "")
            else:
                self._beside.append(f" {value} ")

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if not self._inside:
            self._said.append(data)

    def handle_comment(self, data):
        self.shapes.add(("comment", data[:80]))

    def more_than(self, other):
        """Return what this page has and the other does not."""
        return [*sorted(self.shapes - other.shapes), *(one for one in self.addresses if not SCHEMES.match(one))]


def test_papers_of_every_document_show_texts_and_nothing_else(pair):
    wrong, checked = [], 0
    plain, hostile = pair.desks()
    for name in pair.plain.registry.documents:
        for language in (*LANGUAGES, "ar+en") if THOROUGH else ("ar+en",):
            right = Skeleton(plain.document(name, 1, language).html)
            for row in range(1, PAPERS + 1):
                found = Skeleton(hostile.document(name, row, language).html)
                wrong += [(name, language, row, one) for one in found.more_than(right)]
                said = bare(found.text)
                expected = pair.expected(right.text, row)
                checked += len(expected)
                wrong += [(name, language, row, "not shown", one) for one in expected if bare(one) not in said]
    assert not wrong, "\n".join(map(repr, wrong[:40]))
    assert checked > 20


def test_pdf_of_every_document_holds_nothing_that_acts(pair):
    wrong = []
    plain, hostile = pair.desks()
    for name in pair.plain.registry.documents:
        right = acting(plain.document(name, 1).pdf())
        for row in range(1, PAPERS + 1):
            found = acting(hostile.document(name, row, "ar" if row % 2 else None).pdf())
            wrong += [(name, row, one) for one in found - right]
    assert wrong == []


def acting(pdf):
    """Return what a reader of PDF would do or follow; packed text and pictures hold any bytes."""
    return set(ACTIVE.findall(re.sub(rb"\bstream\r?\n.*?endstream", b"", pdf, flags=re.DOTALL)))


def test_files_of_every_list_hold_texts_and_no_formula(pair):
    wrong, checked = [], 0
    plain, hostile = pair.desks()
    for name in some(pair.plain.registry.resources):
        for format, read in FILES.items():
            right = b"".join(export(plain, name, format=format))
            made = b"".join(export(hostile, name, format=format))
            wrong += [(name, format, one) for one in read(made)]
            cells = [
                str(cell) for row in read_rows(io.BytesIO(made), f"x.{format}").rows for cell in row.values.values()
            ]
            known, joined = set(cells), "\0".join(cells)
            shown = " ".join(
                str(c) for row in read_rows(io.BytesIO(right), f"x.{format}").rows for c in row.values.values()
            )
            for row in range(1, ROWS + 1):
                expected = pair.expected(shown, row)
                checked += len(expected)
                wrong += [(name, format, "lost", one) for one in expected if one not in known and one not in joined]
    assert not wrong, "\n".join(map(repr, wrong[:40]))
    assert checked > 20


def _cells(made, format):
    return [str(cell) for row in read_rows(io.BytesIO(made), f"x.{format}").rows for cell in row.values.values()]


def formulas_of_csv(made):
    """Return the cells that a spreadsheet would run."""
    rows = csv.reader(io.StringIO(made.decode("utf-8-sig"), newline=""))
    return [cell for row in rows for cell in row if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]


def formulas_of_xlsx(made):
    """Return the cells that a spreadsheet would run or follow, and what the file has beside cells."""
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        beside = [
            name for name in parts.namelist() if re.search(r"external|vba|embed|connection|drawing|_rels/sheet", name)
        ]
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(made)).worksheets[0].iter_rows() for cell in row]
    return beside + [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]


FILES = {"csv": formulas_of_csv, "xlsx": formulas_of_xlsx}


def test_files_of_every_report_hold_texts_and_no_formula(pair):
    wrong, made = [], 0
    _plain, hostile = pair.desks()
    for name in some(pair.plain.registry.reports):
        try:
            table = hostile.report(name, given(pair.plain.registry.reports[name]))
        except BackofficeError:  # rows that cannot be are refused
            continue
        for format, read in FILES.items():
            wrong += [(name, format, one) for one in read(b"".join(export_table(table, format, "en")))]
            made += 1
    assert not wrong, "\n".join(map(repr, wrong[:40]))
    assert made >= (60 if SOME is None else 4)


def given(report):
    """Return parameters for a report."""
    values = {"date": "2026-01-31", "ref": 1, "choice": None, "integer": 1, "code": "x"}
    asked = {}
    for field in report.fields:
        if field.required and field.default is None:
            asked[field.name] = next(iter(field.choices)) if field.choices else values.get(field.kind, "x")
    return asked


def test_pages_of_every_noun_show_texts_and_nothing_else(pair):
    wrong, visitors = [], []
    for office in (pair.plain, pair.hostile):
        visitors.append(Visitor(office))
        visitors[-1].arrive()
    for name in some(pair.plain.registry.resources)[: None if SOME is None else 3]:
        pages = [lambda row, name=name: f"/records/{name}?view=all"]
        pages += [lambda row, name=name, end=end: f"/records/{name}/{row}{end}" for end in ("", "/change", "/history")]
        for page in pages:
            right, seen = _page(visitors[0], page(1)), set()
            for row in range(1, PAGES + 1):
                if page(row) in seen:
                    continue
                seen.add(page(row))
                found = _page(visitors[1], page(row))
                if found.status >= 500:
                    wrong.append((page(row), found.status))
                elif found.status == right.status == 200:
                    wrong += [(page(row), one) for one in Skeleton(found.html).more_than(Skeleton(right.html))]
    assert not wrong, "\n".join(map(repr, wrong[:40]))


def test_every_list_is_walked_in_every_order_whatever_its_rows_say(pair):
    for desk in pair.desks():
        for name, resource in desk.office.registry.resources.items():
            for order in sorted(sortable(resource)):
                for asked in (order, f"-{order}"):
                    whole = desk.list(name, Question(order=asked, limit=3)).records
                    page, walked = desk.list(name, Question(order=asked, limit=1)), []
                    walked += page.records
                    while page.next and len(walked) < len(whole):
                        page = desk.list(name, Question(order=asked, limit=1, after=page.next))
                        walked += page.records
                    assert [one.id for one in walked] == [one.id for one in whole], (name, asked)


def _page(visitor, path):
    return visitor.open(path)
