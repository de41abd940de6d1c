"""Electronic invoices inside a PDF, as Factur-X and ZUGFeRD carry them."""

from __future__ import annotations

from backoffice.core.api import InvalidInput, Unavailable
from backoffice.hookspecs import messages

_ = messages("einvoicing")

NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "invoice.xml")
"""What the file inside is called; where none of these is there, the only XML file counts."""

LARGEST = 10 * 1024 * 1024


def is_pdf(data: bytes) -> bool:
    """Say whether a file is a PDF."""
    return data[:1024].lstrip().startswith(b"%PDF-")


def embedded(data: bytes) -> tuple[str, bytes]:
    """Return name and bytes of the electronic invoice inside a PDF.

    Raises:
        InvalidInput: the PDF cannot be read or holds none.
        Unavailable: nothing that reads PDF is installed.
    """
    try:
        import pypdfium2  # type: ignore[import-untyped]
    except ImportError as error:
        raise Unavailable(
            _("PDF cannot be read here."),
            remedy=_("Install backoffice-einvoicing[pdf], or give the XML file alone."),
        ) from error
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        said = _("The PDF cannot be read.")
        raise InvalidInput(said, why=str(error), fields={"file": [said]}) from error
    try:
        files = [document.get_attachment(n) for n in range(document.count_attachments())]
        found = {file.get_name(): bytes(file.get_data()) for file in files}
    finally:
        document.close()
    return _chosen({name: content for name, content in found.items() if name.lower().endswith(".xml")})


def _chosen(files: dict[str, bytes]) -> tuple[str, bytes]:
    for known in NAMES:
        for name, content in files.items():
            if name.lower() == known:
                return name, content
    if len(files) == 1:
        return next(iter(files.items()))
    said = _("There is no electronic invoice inside this PDF.")
    raise InvalidInput(
        said, remedy=_("Enter the bill by hand, or ask the sender for the XML file."), fields={"file": [said]}
    )


__all__ = ["LARGEST", "embedded", "is_pdf"]
