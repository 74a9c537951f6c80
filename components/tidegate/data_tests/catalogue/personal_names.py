"""A test of the names of columns: those that promise personal data."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.catalogue.base import DataTest, Evidence, Family
from tidegate.report.wording import printable

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole

# What a name ends in, in English, German, French and Spanish; words of one entry
# are joined by anything. Words that have an everyday sense as the name of a column
# are not here, such as name, street, zip, sex, age or nom.
_WORDS = """
email; e mail; mail address; email address; correo; correo electronico; courriel
phone; telephone; phone number; phone no; mobile; mobile number; cell phone; fax
telefon; telefonnummer; telefon nr; handy; handynummer; mobilnummer; telefono
numero telefono; movil; portable; numero telephone; tel; msisdn
first name; last name; given name; family name; middle name; maiden name; full name
surname; forename; customer name; patient name; employee name; person name; user name
vorname; nachname; familienname; geburtsname; kundenname
prenom; nom famille; nom de famille; apellido; apellidos; nombre completo
birth date; birthdate; birthday; birth day; date of birth; dob
geburtsdatum; geburtstag; date naissance; date de naissance; fecha nacimiento
fecha de nacimiento
address; street address; home address; postal address; address line; ip address
adresse; anschrift; strasse; hausnummer; direccion; domicilio
ssn; social security; social security number; social security no; national id
national insurance number; nino; nin; tax id; tax number; taxpayer id; tin
passport; passport number; passport no; driver license; drivers license
driving licence; license number; identity card; identity number; id card number
steuer id; steuernummer; steuer nr; steueridentifikationsnummer
sozialversicherungsnummer; personalausweis; personalausweisnummer; reisepass
reisepassnummer; ausweisnummer; fuehrerschein
numero securite sociale; numero de securite sociale; nir; passeport; carte identite
dni; nie; nif; pasaporte; numero seguridad social; cpf; aadhaar; bsn; codice fiscale
burgerservicenummer
iban; bank account; bank account number; account holder; kontonummer; kontoinhaber
compte bancaire; cuenta bancaria
card number; card no; credit card; credit card number; cc number; cvv; cvc
kreditkarte; kreditkartennummer; carte bancaire; numero tarjeta; tarjeta credito
"""
_PHRASES = frozenset(
    tuple(phrase.split()) for phrase in re.split(r"[;\n]", _WORDS) if phrase.strip()
)
_LONGEST = max(map(len, _PHRASES))
_JOINED = frozenset("".join(phrase) for phrase in _PHRASES if len(phrase) > 1)
# `has_email` or `n_phones` is a property of a person without being personal.
_ABOUT = ("has", "is", "was", "no", "not", "n", "num", "number", "count", "missing")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class NoPersonalNames(DataTest):
    """No column whose name promises personal data.

    Its columns are masked in the whole report, as `pii` columns are.
    """

    name: ClassVar[str] = "no_personal_names"
    why: ClassVar[str] = "an export that suddenly has the columns of the customer file"
    default: ClassVar[str] = (
        "names that end in some 150 words of English, German, French and Spanish; no "
        "words of an everyday sense such as name, age, sex or zip: add yours by `also`"
    )
    example: ClassVar[str] = "no_personal_names: {allow: [company_address]}"
    family: ClassVar[Family] = "privacy"

    allow: list[str] = Field(
        default_factory=list, description="columns that may have such a name"
    )
    also: list[str] = Field(
        default_factory=list, description="further words that a name must not end in"
    )

    @property
    @override
    def subject(self) -> str:
        return "columns"

    @property
    @override
    def expectation(self) -> str:
        return "no name that promises personal data"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        also = frozenset(words(one) for one in self.also)
        allowed = {*self.allow, *whole.pii}
        found = [
            column
            for column in whole.columns
            if column not in allowed and promises(column, also)
        ]
        told = ", ".join(printable(column, 40) for column in found[:6])
        more = f" and {len(found) - 6} more" if len(found) > 6 else ""
        return Evidence(
            not found,
            told + more or f"none of {len(whole.columns)}",
            fix="remove the columns from the export, list them under `pii` in the "
            "suite, or `allow` them here",
            hides=frozenset(found),
        )


def promises(column: str, also: frozenset[tuple[str, ...]] = frozenset()) -> bool:
    """Whether the name of a column ends in words for personal data."""
    held = words(column)
    while held and held[-1].isdigit():
        held = held[:-1]
    if not held or held[0] in _ABOUT:
        return False
    ends = [held[-length:] for length in range(1, min(_LONGEST, len(held)) + 1)]
    return any(end in _PHRASES or end in also for end in ends) or held[-1] in _JOINED


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, without accents: customerE_Mail has three."""
    plain = unicodedata.normalize("NFC", name)
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    spelt = unicodedata.normalize("NFKD", parted.casefold().translate(_UMLAUTS))
    letters = "".join(sign for sign in spelt if not unicodedata.combining(sign))
    return tuple(re.findall(r"[^\W\d_]+|\d+", letters))
