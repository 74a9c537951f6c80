"""Suites, rules and schemas that are broken, strange or meant to do harm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

DATA = b"id,name\n1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n2,b\n3,c\n"


@dataclass(frozen=True)
class Written:
    """A file that a person, or an attacker, wrote.

    Attributes:
        name: What is strange about it; unique.
        content: The suite, or the schema.
        code: Exit code of a check of `DATA` by it.
        says: Words that the message must have.
        files: Further files beside it.
        lint: Exit code of reading it alone; None is that of the check, but 0
            where only data show the fault.
    """

    name: str
    content: bytes
    code: int
    says: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    lint: int | None = None


SUITES: list[Written] = []
SCHEMAS: list[Written] = []


def tests_of(*tests: str) -> str:
    """A suite with these items."""
    return "dataset: x\ntests:\n" + "".join(f"  - {test}\n" for test in tests)


def _suite(name: str, content: str | bytes, says: str = ":", code: int = 2) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    SUITES.append(Written(name, raw, code, says))


ROWS = "rows: {at_least: 1}"

# YAML.
_suite("lists 5,000 deep", tests_of("[" * 5000), "yaml:3:43: not valid YAML: nested")
_suite("mappings 3,000 deep", "a: " + "{a: " * 3000, "nested more than")
_suite("200 indents", "".join(" " * i + "a:\n" for i in range(200)), "nested more")
_suite("20,000 dashes", "- " * 20_000, "nested more than")
_suite("alias", "a: &a [1]\nb: *a\n", "yaml:1:4: not valid YAML: anchors")
_suite("billion laughs", "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors")
_suite("alias without anchor", "a: *b\n", "aliases")
_suite("tag of Python", tests_of("!!python/object/apply:os.system ['id']"), "tag")
_suite("tag of a mapping", "!!python/object:x {}\n", "tag")
_suite("tag of text", "dataset: !!binary aGk=\n", "tag")
_suite("merge key", tests_of("rows: {<<: {at_least: 1}}"), "'<<'")
_suite("two documents", "dataset: x\n---\ndataset: y\n", "another document")
_suite("empty suite", "", "must hold keys")
_suite("comments only", "# x\n", "must hold keys")
_suite("list at the top", "- a\n", "got       list")
_suite("text at the top", "abc", "got       str")
_suite("list as a key", "? [a, b]\n: c\n", "a key must be text")
_suite(
    "lone surrogate", 'dataset: "\\ud800"\n' + tests_of(ROWS)[11:], "yaml:1: dataset"
)
_suite("control character", "dataset: \x07\n", "U+0007")
_suite("NUL", tests_of(ROWS) + "\0", "yaml:4: the file holds")
_suite("tab", "dataset: x\ntests:\n\t- rows: {}\n", "spaces, not tabs")
_suite("UTF-16", "dataset: x\n".encode("utf-16"), "not UTF-8")
_suite("Latin-1", b"dataset: \xe9\n", "byte 0xe9")
_suite("binary", bytes(range(256)) * 50, "yaml:2: the file is not UTF-8")
_suite("a line of 1 MB", tests_of(ROWS + " #" + "x" * 1_000_000), "too large")
_suite("a key of 900 KB", tests_of("x" * 900_000 + ": 1"), "not valid YAML")
_suite("key twice", "dataset: x\ndataset: y\n", "stands twice")
_suite("parameter twice", tests_of("rows: {at_least: 1, at_least: 2}"), "'at_least'")
_suite("20,000 faults", tests_of(*["rowz: {}"] * 20_000), "100 problems")
for _name, _content in {
    "CR LF": tests_of(ROWS).replace("\n", "\r\n").encode(),
    "byte-order mark": b"\xef\xbb\xbf" + tests_of(ROWS).encode(),
    "escape in the name": tests_of(ROWS).replace(": x", r': "\e[31m\u202ex"').encode(),
    "path as the name": tests_of(ROWS).replace(": x", ": ../../etc/x").encode(),
}.items():
    _suite(_name, _content, "", 0)

# Shapes.
_suite("tests as a number", "dataset: x\ntests: 5\n", "yaml:2: tests")
_suite("no tests", "dataset: x\ntests:\n", "yaml:2: tests")
_suite("tests as a mapping", "dataset: x\ntests: {rows: {}}\n", "yaml:2: tests")
for _name, _item in {
    "text": "rows",
    "nothing": "~",
    "a list": "[rows]",
    "two tests": "{rows: {at_least: 1}, unique: {}}",
    "an empty mapping": "{}",
}.items():
    _suite(f"{_name} as a test", tests_of(_item), "yaml:3: a test is one name")
for _name, _given in {"a list": "[1]", "text": "many", "a number": "3"}.items():
    _suite(f"{_name} as parameters", tests_of(f"rows: {_given}"), "yaml:3: tests[0]")
_suite("nothing as a name", tests_of("~: {}"), "unknown test '~'")
_suite("number as a name", tests_of("5: {}"), "unknown test '5'")
_suite("misspelt test", tests_of("rowz: {at_least: 1}"), "did you mean rows?")
_suite("places of its own", "places: [a]\n" + tests_of(ROWS), "yaml:1: unknown key")
for _key, _value in {
    "dataset": "[x]",
    "key": "{a: 1}",
    "label": "[a]",
    "time": "{}",
    "pii": "3",
    "tests": "~",
}.items():
    _plain = tests_of(ROWS).replace("dataset: x\n", "") if _key == "dataset" else ""
    _plain = _plain or ("dataset: x\n" if _key == "tests" else tests_of(ROWS))
    _suite(f"wrong kind of {_key}", f"{_key}: {_value}\n{_plain}", f"yaml:1: {_key}")
_suite(
    "several faults",
    tests_of("rowz: {}", "between: {column: 5, high: x}", "rows: {at_least: -1}"),
    "yaml:5",
)
_suite("integer of 5,000 digits", tests_of("rows: {at_least: %s}" % ("9" * 5000)))
_suite("not a number", tests_of("rows: {at_least: .nan}"))
for _given in (
    "{owner: Ada, reason: known, expires: 2013-02-30}",
    "{owner: Ada, reason: known, expires: 9999-99-99}",
    "{owner: Ada, reason: known, expires: 0000-00-00}",
    "{owner: Ada, reason: known, expires: 10000-01-01}",
    "{owner: Ada, reason: known, expires: never}",
    "{owner: Ada, reason: known, expires: 1e400}",
    "{owner: Ada, reason: known, expires: .nan}",
    "{owner: Ada, reason: known, expires: 99999999999999999999}",
    "{owner: Ada, reason: known, expires: 2013-02-03T25:00:00}",
    "{owner: '', reason: known, expires: 2030-02-03}",
    "{owner: [a], reason: {b: c}, expires: ~}",
    "{}",
    "5",
):
    _test = f"rows: {{at_least: 1, waiver: {_given}}}"
    _suite(f"waiver {_given}", tests_of(_test), "yaml:3: ")

# SQL: what cannot be one condition is refused when the suite is read; what
# DuckDB alone knows is a failed test. Nothing reaches a file.
for _sql in (
    "id > 0; drop table x",
    "id > 0\n;\nattach 'y'",
    "copy (select 1) to 'stolen'",
    "id in (select * from read_csv('/etc/passwd'))",
    "exists (from '/etc/passwd')",
    "id > (select 1)",
    "id > 0 union select 1",
    "id > 0 limit 1",
    "id as x",
    "pragma version",
    "install httpfs",
    "set memory_limit='1GB'",
    "/* x",
    "(((((",
    "",
    "   ",
    "'\0'",
    "columns('.*') > 1",
    "*",
    "random() > 0.5",
    "id" + "+1" * 5000 + " > 1",
    "(" * 100_000 + "id" + ")" * 100_000,
    "not " * 5000 + "true",
):
    for _use in ("rows_where: {sql: %s, at_most: 3}", "rows: {at_least: 0, where: %s}"):
        _suite(
            f"{_use[:5]} {_sql[:40]!r} {len(_sql)}",
            tests_of(_use % json.dumps(_sql)),
            "yaml:3: tests[0].",
        )
for _sql in (
    "attach 'x.db'",
    "read_text('/etc/passwd') is null",
    "getenv('HOME') = 'x'",
    "current_setting('x')",
    "nope > 1",
    "'x'",
    "sum(id) > 1",
    "row_number() over () > 1",
    "id > ?",
    "cast(name as int) > 0",
    "id = 170141183460469231731687303715884105728",
    "id, name",
    "error('x')",
    "nextval('x') > 0",
    "regexp_matches(name, '(')",
):
    for _use in ("rows_where: {sql: %s, at_most: 3}", "rows: {at_least: 0, where: %s}"):
        SUITES.append(
            Written(
                f"{_use[:5]} {_sql[:40]!r}",
                tests_of(_use % json.dumps(_sql)).encode(),
                1 if "nextval" not in _sql else 2,
                "",
                lint=0 if "nextval" not in _sql else 2,
            )
        )
_suite("number as a slice", tests_of("rows: {at_least: 3, where: id}"), "", 0)

# Forms of text: RE2 takes no time beyond the length of the text.
for _form in ("(", "[", "\\", "(?=x)", "\\1", "(?P<n", "*", "x{1,100000}", "\0("):
    _suite(
        f"form {_form!r}",
        tests_of(f"matches: {{column: name, regex: {json.dumps(_form)}}}"),
        "yaml:3: tests[0].matches",
    )
for _form in ("(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x", "(?i)a", "[[:alpha:]]+"):
    SUITES.append(
        Written(
            f"form {_form!r}",
            tests_of(f"matches: {{column: name, regex: {json.dumps(_form)}}}").encode(),
            1,
            lint=0,
        )
    )


def _rule(
    name: str, source: str | bytes, code: int, says: str = "", lint: int = 0
) -> None:
    raw = source if isinstance(source, bytes) else source.encode()
    suite = tests_of("rows_where: {python: 'rules.py:f', at_most: 0}").encode()
    SUITES.append(Written(f"rule {name}", suite, code, says, {"rules.py": raw}, lint))


def _body(line: str) -> str:
    return f"import os, sys, numpy as np, pyarrow as pa\ndef f(t):\n    {line}\n"


for _name, _line, _says in (
    ("without an end", "return f(t)", "RecursionError in rules.py:3"),
    ("that exits", "sys.exit(0)", "SystemExit in rules.py:3"),
    ("that raises", "raise ValueError('x')", "ValueError in rules.py:3"),
    ("that raises all", "raise BaseException('x')", "BaseException in rules.py:3"),
    ("that closes", "raise GeneratorExit", "GeneratorExit in rules.py:3"),
    ("without memory", "raise MemoryError", "MemoryError in rules.py:3"),
    ("that stops", "raise StopIteration", "StopIteration in rules.py:3"),
    ("too short", "return [True]", "1 values for 3 rows"),
    ("of nothing", "pass", "NoneType"),
    ("of text", "return 'x'", "a str"),
    ("of numbers", "return [1] * t.num_rows", "int64"),
    ("of two dimensions", "return np.zeros((t.num_rows, 2), bool)", "ndarray"),
    ("of objects", "return np.array([None] * t.num_rows)", "object"),
    ("of ragged lists", "return [[1], [1, 2], [3]]", "rules.py"),
    ("of a table", "return t", "Table"),
    ("that yields", "yield 1", "generator"),
):
    _rule(_name, _body(_line), 1, _says)
_rule("whose error breaks", "class E(KeyError):\n args=property(lambda s: 1/0)\n"
      "def f(t):\n raise E\n", 1, "E in rules.py:4")  # fmt: skip
_rule("module that exits", "import sys\nsys.exit(0)\ndef f(t): pass\n", 1, "SystemExit")
_rule("module that raises", "1/0\ndef f(t): pass\n", 1, "ZeroDivisionError")
_rule("module that is not there", "import nothere\ndef f(t): pass\n", 1, "rules.py:1")
_rule("function that is none", "f = 5\n", 1, "TypeError")
_rule("that is not Python", "def f(:\n", 2, "line 1", 2)
_rule("of another name", "def g(t): pass\n", 2, "no function f", 2)
_rule("in a class", "class f:\n    pass\n", 2, "no function f", 2)
_rule("with NUL", "def f(t): pass\n\0", 2, "rules.py", 2)
_rule("in Latin-1", b"x='\xe9'\ndef f(t): pass\n", 2, "not UTF-8", 2)
_rule("of 2 MB", "def f(t): pass\n" + "#" * 2_000_000, 2, "too large", 2)
_rule("with 100,000 signs", "x=" + "-" * 100_000 + "1\n", 2, "not valid Python", 2)
_rule("with 500 brackets", f"x={'(' * 500}{')' * 500}\n", 2, "not valid Python", 2)
_rule("that prints", _body("print('{'); return [False] * t.num_rows"), 0)
_rule("of nulls", _body("return pa.nulls(t.num_rows, pa.bool_())"), 0)
for _path, _code in {
    "../../../../../etc/passwd:f": 2,  # no Python by its name
    "../outside.py:f": 5,
    "/etc/outside.py:f": 5,
    "sub/../../outside.py:f": 5,
    "link.py:f": 5,
    "rules.py": 2,
    "rules.py:": 2,
    ":f": 2,
    "rules.py:f:f": 2,
    "nothere.py:f": 2,
    "pipe.py:f": 2,
    "folder.py:f": 2,
    "~/x.py:f": 2,
    "a\0.py:f": 2,
}.items():
    SUITES.append(
        Written(
            f"path {_path!r}",
            tests_of(f"rows_where: {{python: {json.dumps(_path)}}}").encode(),
            _code,
            "yaml:3",
            {"rules.py": b"def f(t): return [False] * t.num_rows\n"},
        )
    )

# Schemas.
FEATURES = 'feature { name: "id" type: INT }\nfeature { name: "name" type: BYTES }\n'
_NESTED = 'feature { name: "s" type: STRUCT struct_domain { '


def _schema(name: str, content: str | bytes, says: str = "", code: int = 2) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    SCHEMAS.append(Written(name, raw, code, says))


_schema("cut short", 'feature { name: "id"', "pbtxt:1: the schema is not valid")
_schema("unknown field", FEATURES + "foo: 1\n", "pbtxt:3: the schema is not valid")
_schema("garbage", bytes(range(256)) * 40, "pbtxt:2: the schema is not UTF-8")
_schema("NUL", FEATURES + "\0", "pbtxt:3")
_schema("empty", "", "New column", 1)
_schema("of 10 MB", "#" + "x" * 10_000_000 + "\n" + FEATURES, "", 0)
_schema("features twice", FEATURES * 2, "pbtxt:3: the feature 'id' stands 2 times")
_schema("feature without a name", FEATURES + "feature { type: INT }", "no name")
_schema("nested 3,000 deep", _NESTED * 3000 + "}}" * 3000, "nested too deep")
_schema("nested 60 deep", _NESTED * 60 + "}}" * 60, "nested too deep")
_schema("quote never closed", 'feature { name: "id\n', "pbtxt:1")
_schema("unknown type", 'feature { name: "id" type: INTEGER }', "INTEGER")
_schema("absurd limit", "feature { int_domain { min: %s } }" % ("9" * 99), "pbtxt:1")
_schema("YAML", "feature:\n  - name: id\n", "pbtxt:2")
_schema("JSON", '{"feature": []}', "pbtxt:1")
_schema("UTF-16", FEATURES.encode("utf-16"), "pbtxt:1: the schema is not UTF-8")
_schema("byte-order mark", b"\xef\xbb\xbf" + FEATURES.encode(), "", 0)
_schema("text that is not UTF-8", 'feature { name: "\\xff" }', "pbtxt:1")
_schema("extension", FEATURES + "[foo.bar]: 1", "pbtxt:3")
_schema("a word of 100 KB", 'feature { name: "id" ' + "x" * 100_000, "pbtxt:1")
_schema("type of another kind", FEATURES.replace("INT", "BYTES"), "Expected data", 1)
_schema("escape in a name", FEATURES + 'feature { name: "\\033[31m" }', "", 0)
_schema("limits turned round", FEATURES.replace(
    "INT", "INT int_domain { min: 5 max: 1 }"), "Unexpectedly", 1)  # fmt: skip
_schema("domain that is not there", FEATURES.replace(
    "BYTES", 'BYTES domain: "nope"'), "missing domain", 1)  # fmt: skip
