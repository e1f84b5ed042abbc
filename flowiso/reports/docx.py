"""A report as a Word file, laid out as Decree 30/2020 has it: A4, Times New Roman 13, head with nation and motto, pages numbered
from the second, wide tables on pages turned sideways. With `tables.files` the only module that uses python-docx.
"""

from __future__ import annotations

import io
from datetime import UTC
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ..render.pdf import head
from .document import Cell, Document, Table, Words
from .layout import Heading, Item, around, complete, items, legend, package, runs
from .wordtable import crown, grid

FONT = "Times New Roman"
SIDES = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 15}
"""The margins, in mm."""
_PAGE = (210, 297)
_LOCALES = {"vi": "vi-VN", "en": "en-GB"}
_BODY, _NARROW, _WIDE = 13, 11, 9
"""The sizes of letters: of prose, of tables, of tables across, in points."""
_LEVELS = {1: 14, 2: 13, 3: 13}
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write(document: Document) -> bytes:
    """The document, the same bytes each time. Raises BadValue: python-docx isn't there."""
    return _Paper(complete(document)).made()


class _Paper:
    """A Word file in the making."""

    def __init__(self, document: Document) -> None:
        self.document, self.lang = document, document.lang
        self.docx = package("docx", "tables")
        self.oxml = package("docx.oxml", "tables")
        self.named = package("docx.oxml.ns", "tables").qn
        self.shared = package("docx.shared", "tables")
        self.word = self.docx.Document()

    def made(self) -> bytes:
        self.properties()
        self.styles()
        pages = list(runs(items(self.document))) or [(False, [])]
        for place, (wide, found) in enumerate(pages):
            section = self.word.sections[0] if place == 0 else self.word.add_section()
            self.page(section, wide, place == 0)
            if place == 0:
                self.opening(wide)
            for item in found:
                self.item(item, wide)
        out = io.BytesIO()
        self.word.save(out)
        return _timeless(out.getvalue())

    # What holds for all of it

    def properties(self) -> None:
        core, made = self.word.core_properties, self.document.made.astimezone(UTC)
        core.title, core.author, core.subject = (
            self.document.title[:255],
            self.document.org.title.to(self.lang)[:255],
            self.document.subtitle[:255],
        )
        core.created = core.modified = made.replace(tzinfo=None)
        core.last_modified_by, core.comments, core.language = core.author, "", _LOCALES[self.lang]

    def styles(self) -> None:
        styles = self.word.styles
        self.style(styles["Normal"], _BODY, False)
        self.style(styles["Title"], 14, True)
        for level, size in _LEVELS.items():
            self.style(styles[f"Heading {level}"], size, True)
        for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
            layout = styles[name].paragraph_format
            layout.keep_with_next, layout.space_before, layout.space_after = True, self.shared.Pt(12), self.shared.Pt(6)
        styles["Title"].paragraph_format.alignment = 1
        normal = styles["Normal"].paragraph_format
        normal.space_after, normal.line_spacing = self.shared.Pt(6), 1.0

    def style(self, style: Any, size: int, bold: bool) -> None:
        """A style in one font for every kind of letter, black, in the document's language."""
        style.font.size, style.font.bold, style.font.italic = self.shared.Pt(size), bold, False
        style.font.color.rgb = self.shared.RGBColor(0, 0, 0)
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        fonts.attrib.clear()
        for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(self.named(f"w:{kind}"), FONT)
        self.under(properties, "w:lang", val=_LOCALES[self.lang])
        for border in style.element.findall(f"{self.named('w:pPr')}/{self.named('w:pBdr')}"):
            border.getparent().remove(border)

    def under(self, parent: Any, name: str, **attributes: str) -> Any:
        """A new element in another."""
        child = self.oxml.OxmlElement(name)
        for key, value in attributes.items():
            child.set(self.named(f"w:{key}"), value)
        parent.append(child)
        return child

    def page(self, section: Any, wide: bool, first: bool) -> None:
        """A4 with the margins, turned sideways or not; the number of the page stands at its head, but for the first."""
        across, down = _PAGE[::-1] if wide else _PAGE
        section.page_width, section.page_height = self.shared.Mm(across), self.shared.Mm(down)
        section.orientation = int(wide)
        for side, size in SIDES.items():
            setattr(section, side, self.shared.Mm(size))
        section.header_distance = section.footer_distance = self.shared.Mm(10)
        section.different_first_page_header_footer = first
        if first:
            line = section.header.paragraphs[0]
            line.alignment = 1
            self.field(line, "PAGE")
            for footer in (section.footer, section.first_page_footer):
                self.run(footer.paragraphs[0], self.document.mark, size=8)

    def field(self, paragraph: Any, name: str) -> None:
        run = paragraph.add_run()._r  # noqa: SLF001  # no public way
        self.under(run, "w:fldChar", fldCharType="begin")
        self.under(run, "w:instrText").text = name
        self.under(run, "w:fldChar", fldCharType="end")

    def run(self, paragraph: Any, words: str, size: float = 0, **look: bool) -> Any:
        run = paragraph.add_run(words)
        if size:
            run.font.size = self.shared.Pt(size)
        for key, value in look.items():
            setattr(run.font, key, value)
        return run

    # The head

    def opening(self, wide: bool) -> None:
        document = self.document
        self.crown(wide)
        if document.simulated:
            self.run(self.line(1), document.simulated, bold=True).font.color.rgb = self.shared.RGBColor(0xA0, 0, 0)
        self.word.add_paragraph(document.title.upper(), style="Title")
        if document.subtitle:
            self.run(self.line(1), document.subtitle, bold=True)
        for label, value in document.facts:
            self.line(0).add_run(f"{label}: {value}")
        for words in legend(document.cells(), self.lang):
            self.run(self.line(0), words, size=11, italic=True)

    def line(self, alignment: int) -> Any:
        paragraph = self.word.add_paragraph()
        paragraph.alignment = alignment
        return paragraph

    def crown(self, wide: bool) -> None:
        """Whose paper it is, and the nation with its motto, beside one another."""
        found = head(self.document.org, self.document.made, self.lang, self.document.number)
        room = self.room(wide)
        agency = (found["superior"].upper(), 12, ""), (found["agency"].upper(), 12, "b")
        nation = (found["nation"].upper(), 12, "b"), (found["motto"], 13, "b")
        left = (room * 0.455, 25.0, agency, (found["number"], 12, ""))
        right = (room * 0.545, 52.0, nation, (found["dated"], 13, "i"))
        self.append(crown([left, right]))
        self.line(0)

    def append(self, xml: str) -> None:
        """A table made elsewhere, after all that is there."""
        self.word.element.body.insert_element_before(self.oxml.parse_xml(xml), "w:sectPr")

    def room(self, wide: bool) -> float:
        """How wide the lines are, in mm."""
        return _PAGE[wide] - SIDES["left_margin"] - SIDES["right_margin"]

    # What it says

    def item(self, item: Item, wide: bool) -> None:
        if isinstance(item, Heading):
            self.word.add_heading(item.title, min(item.level, 3))
        elif isinstance(item, Words):
            self.words(item)
        else:
            self.table(item, wide)

    def words(self, words: Words) -> None:
        paragraph = self.line(3)
        layout = paragraph.paragraph_format
        if words.item:
            layout.left_indent, layout.first_line_indent = self.shared.Mm(14), self.shared.Mm(-4)
            self.run(paragraph, "- ")
        else:
            layout.first_line_indent = self.shared.Mm(10)
        for part in words.parts:
            self.part(paragraph, part)

    def part(self, paragraph: Any, part: str | Cell) -> None:
        """Words, or a figure with its mark; a placeholder is on yellow."""
        if isinstance(part, str):
            self.run(paragraph, part)
            return
        before, after = around(part, self.lang)
        raised = after.startswith("(")
        run = self.run(paragraph, f"{before}{part.shown}{'' if raised else after}", italic=part.basis == "missing")
        if part.basis == "free":
            run.font.highlight_color = 7
        if raised:
            self.run(paragraph, after, superscript=True)

    def table(self, table: Table, wide: bool) -> None:
        if table.title:
            title = self.line(0)
            title.paragraph_format.keep_with_next = True
            self.run(title, table.title, _NARROW, bold=True)
        self.append(grid(table, self.room(wide), _WIDE if wide else _NARROW, self.lang))
        self.run(self.line(0), table.note, _NARROW, italic=True)


def _timeless(made: bytes) -> bytes:
    """The package without the moment at which it was zipped."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(made)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = ZipInfo(name, _EPOCH)
            part.compress_type = ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return out.getvalue()
