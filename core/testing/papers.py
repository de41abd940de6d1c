"""Printed pages, read back."""

from __future__ import annotations


def text_of(pdf: bytes) -> str:
    """Return the text of all pages of a PDF, in the order it is read."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


__all__ = ["text_of"]
