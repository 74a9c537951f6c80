"""Text that was written in one encoding and read in another.

UTF-8 read as Latin-1 or Windows-1252 shows each character above ASCII as two to
four: `ü` becomes `Ã¼`. Taken back the way it came it is UTF-8 again, which honest
text hardly ever is.
"""

from __future__ import annotations

import re

# Replacement characters, and controls that no text needs. C1 controls are bytes
# of Windows-1252 or UTF-8 that were read as Latin-1.
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{80}-\x{9F}\x{FFFD}]"

# Bytes 0x80 to 0x9F as Windows-1252 shows them.
_SHOWN = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_FOLLOWING = rf"[\x{{A0}}-\x{{BF}}{_SHOWN}]"
#: RE2: the first and the second byte of a character of UTF-8, as they are shown.
SUSPECT = rf"[\x{{C2}}-\x{{F4}}]{_FOLLOWING}"
_RUN = re.compile(rf"[\u00C2-\u00F4][\u00A0-\u00BF{_SHOWN}]+")
# What is written often: Latin letters, Greek, Cyrillic, Hebrew, Arabic, dashes,
# quotes, the euro, kana, Chinese, Korean, emoji. `É»` is honest: read as UTF-8 it
# would be a letter of phonetics.
_COMMON = (
    (0x00A0, 0x017F),
    (0x0370, 0x052F),
    (0x0590, 0x06FF),
    (0x0900, 0x0DFF),
    (0x0E00, 0x0E7F),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2044),
    (0x20A0, 0x20BF),
    (0x2100, 0x214F),
    (0x3000, 0x30FF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0x1F300, 0x1FAFF),
)


def is_garbled(text: str) -> bool:
    """Whether a run of odd characters in it is UTF-8 that was read wrongly."""
    return any(_was_utf8(run.group()) for run in _RUN.finditer(text))


def _was_utf8(run: str) -> bool:
    # A run may end in honest marks, such as a quotation mark after the word.
    for length in range(len(run), 1, -1):
        try:
            found = run[:length].encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        return any(low <= ord(found[0]) <= high for low, high in _COMMON)
    return False
