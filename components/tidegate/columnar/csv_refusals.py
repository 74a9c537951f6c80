"""What to say about a CSV file that cannot be read whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tidegate.columnar.csv_blocks import LONGEST_RECORD, RawBlock
from tidegate.columnar.formats import shown
from tidegate.errors import DataError

_SHOWN = 5


def line_at(block: RawBlock, position: int) -> int:
    """Line of a byte of the block."""
    return block.line + block.data.count(b"\n", 0, int(position))


def spot(path: Path, block: RawBlock, position: int, columns: Sequence[str]) -> str:
    """A byte's file, line and, where the quotes before it allow, column."""
    start = block.data.rfind(b"\n", 0, position) + 1
    before = block.data[start:position]
    place = f"{shown(path)}:{line_at(block, position)}"
    field = before.count(b",")
    if b'"' in before or field >= len(columns):
        return f"{place}, byte {len(before) + 1} of the line"
    return f"{place}, column {columns[field]!r}"


def empty(path: Path) -> DataError:
    """The file has no bytes."""
    return DataError(
        "the file is empty",
        where=shown(path),
        expected="a header line and at least one row",
        got="0 bytes",
        fix="export it again, or take it out of the folder",
    )


def header_only(path: Path, columns: int) -> DataError:
    """The file has a header and no row."""
    return DataError(
        "the file has a header and no rows",
        where=f"{shown(path)}:1",
        expected="at least one row after the header",
        got=f"a header of {columns} columns, 0 rows",
        fix="export it again, or take it out of the folder",
    )


def byte_order_mark(path: Path, encoding: str) -> DataError:
    """The file starts with a byte-order mark."""
    if encoding == "UTF-8":
        fix = f"take the mark off: sed -i '1s/^\\xEF\\xBB\\xBF//' {shown(path.name)}"
        if path.suffix.lower() != ".csv":
            fix = "save it as UTF-8 without a byte-order mark (not 'UTF-8 with BOM')"
    else:
        fix = _iconv(path, encoding)
    return DataError(
        f"the file starts with a {encoding} byte-order mark",
        where=f"{shown(path)}:1",
        expected="UTF-8 text that starts with the first column's name",
        got="a mark that would become part of the first column's name",
        fix=fix,
    )


def zero_byte(where: str) -> DataError:
    """A NUL byte is in the file."""
    return DataError(
        "there is a NUL byte in the file",
        where=where,
        expected="text in UTF-8",
        got="a byte 0x00: UTF-16 text, a binary file, or a damaged copy",
        fix="export it as UTF-8 text, or copy it again if it was text before",
    )


def not_utf8(where: str, data: bytes, position: int) -> DataError:
    """A byte is not UTF-8."""
    byte = data[position : position + 1]
    file = Path(where.rsplit(":", 1)[0])
    guess = "WINDOWS-1252" if 0x80 <= byte[0] < 0xA0 else "LATIN1"
    meaning = byte.decode("cp1252" if guess != "LATIN1" else "latin-1", "replace")
    return DataError(
        "the text is not UTF-8",
        where=where,
        expected="UTF-8",
        got=f"byte 0x{byte[0]:02X}, which is {meaning!r} in {guess}",
        fix=_iconv(file, guess),
    )


def stray_quote(path: Path, line: int) -> DataError:
    """A quote is inside a field that does not start with one."""
    return DataError(
        "a quote stands inside a field that does not start with a quote",
        where=f"{shown(path)}:{line}",
        expected='a field with quotes written as "5"" pipe"',
        got="a quote after other text",
        fix="quote the whole field and double the quotes in it (RFC 4180)",
    )


def text_after_quote(path: Path, line: int, opened: int) -> DataError:
    """Text follows a closing quote."""
    return DataError(
        "text follows a closing quote",
        where=f"{shown(path)}:{line}",
        expected="a comma or the end of the line after the closing quote",
        got=f"other text, in a field whose quote opened on line {opened}",
        fix="double the quotes inside the field, or close the quote that was left "
        f"open on line {opened}",
    )


def unclosed_quote(path: Path, line: int) -> DataError:
    """A quote is never closed."""
    return DataError(
        "a quote is opened and never closed",
        where=f"{shown(path)}:{line}",
        expected='a closing " before the end of the file',
        got=f"an odd number of quotes; the last one opens on line {line}",
        fix=f"close or remove the quote on line {line}; the file may be cut short",
    )


def lone_return(path: Path, line: int) -> DataError:
    """A carriage return without a newline is between or inside fields."""
    return DataError(
        "a carriage return stands without a newline",
        where=f"{shown(path)}:{line}",
        expected="lines that end with LF or CR LF",
        got="CR alone",
        fix=f"turn it into newlines: tr '\\r' '\\n' < {shown(path.name)} > fixed.csv",
    )


def long_record(path: Path, block: RawBlock) -> DataError:
    """A record has no end within any honest length."""
    most = f"{LONGEST_RECORD >> 20} MB"
    return DataError(
        f"a row is longer than {most}",
        where=f"{shown(path)}:{block.line}",
        expected=f"rows of at most {most}",
        got=f"no end of the row within {len(block.data):,} bytes",
        fix="export it with line ends; if a cell is that large, leave it out",
    )


def wrong_fields(
    path: Path, columns: int, wrong: int, first: Sequence[tuple[int, int]]
) -> DataError:
    """Rows have more or fewer fields than the header.

    Args:
        path: The file.
        columns: Number of columns in the header.
        wrong: Number of such rows.
        first: Line and number of fields of the first of them.
    """
    listed = ", ".join(f"line {line}: {fields}" for line, fields in first[:_SHOWN])
    kinds = {"too few" if fields < columns else "too many" for _, fields in first}
    rest = f" and {wrong - _SHOWN:,} more" if wrong > _SHOWN else ""
    return DataError(
        f"{wrong:,} {'row has' if wrong == 1 else 'rows have'} "
        f"{' or '.join(sorted(kinds))} fields",
        where=f"{shown(path)}:{first[0][0]}",
        expected=f"{columns} fields, as in the header",
        got=listed + rest,
        fix="look for commas in unquoted text, or a line broken in two",
    )


def _iconv(path: Path, encoding: str) -> str:
    return f"convert it: iconv -f {encoding} -t UTF-8 {shown(path.name)} > fixed.csv"
