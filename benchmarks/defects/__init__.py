"""Defects planted in good flows: what the text says (`text`), the good flows (`bases`), the operators that spoil them, and
what other tools see (`peers`). Nothing here but `bases.check` asks flowiso anything."""
