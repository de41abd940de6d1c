"""Electronic invoices as files: told apart, read, written.

Files come from strangers. A document type declaration is refused, nothing outside the file is fetched, and the size is
limited by who takes the file in.
"""

from __future__ import annotations

from lxml import etree

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

from . import cii, ubl
from .cii_parties import NAMES as CII_NAMES
from .cii_parties import ROOT
from .terms import EInvoice
from .ubl_parties import CREDIT_NOTE, INVOICE
from .values import Element

_ = messages("einvoicing")

SYNTAXES = {"ubl": _("UBL 2.1"), "cii": _("UN/CEFACT Cross Industry Invoice")}
"""The syntaxes of the norm."""

NORM = "urn:cen.eu:en16931:2017"
"""What a document says that follows the norm and no national use of it."""


def parse(data: bytes) -> Element:
    """Return the root element of an XML file. Raises ``InvalidInput`` when it is none, or declares a document type."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidInput(
            _("The file is no XML."),
            why=str(error),
            remedy=_("Give the electronic invoice as it was received."),
            fields={"file": [_("The file is no XML.")]},
        ) from error
    if root.getroottree().docinfo.doctype:
        said = _("The file declares a document type, which no electronic invoice does.")
        raise InvalidInput(said, fields={"file": [said]})
    return root


def syntax_of(root: Element) -> str:
    """Return ``ubl`` or ``cii``. Raises ``InvalidInput`` for anything else."""
    if root.tag in (f"{{{INVOICE}}}Invoice", f"{{{CREDIT_NOTE}}}CreditNote"):
        return "ubl"
    if root.tag == CII_NAMES(ROOT):
        return "cii"
    said = _("{name} is no electronic invoice this program knows.").with_values(name=etree.QName(root).localname)
    raise InvalidInput(
        said,
        remedy=_("It reads UBL 2.1 (Invoice, CreditNote) and the Cross Industry Invoice, also inside a PDF."),
        fields={"file": [said]},
    )


def read(data: bytes) -> EInvoice:
    """Return the invoice in a file of either syntax. Raises ``InvalidInput`` that says what cannot be read."""
    root = parse(data)
    return ubl.read(root) if syntax_of(root) == "ubl" else cii.read(root)


def write(invoice: EInvoice, syntax: str = "ubl") -> bytes:
    """Return ``invoice`` as a file."""
    root = cii.element_of(invoice) if syntax == "cii" else ubl.element_of(invoice)
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return data


__all__ = ["NORM", "SYNTAXES", "parse", "read", "syntax_of", "write"]
