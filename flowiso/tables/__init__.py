"""The table "Lưu đồ" of a promulgated decision <-> a flow: cells in, flow text or findings out, and back.

Only `files` knows CSV, XLSX and DOCX; everything else is pure.
"""

from __future__ import annotations

from .draft import Imported, import_table
from .export import Sheet, as_sheet
from .grid import Cell, Grid

__all__ = ["Cell", "Grid", "Imported", "Sheet", "as_sheet", "import_table"]
