"""Commands of the supply chain, in their own environment.

python scripts/supply audit [--osv-url URL] [--json]
python scripts/supply sbom
python scripts/supply sign --key KEY
python scripts/supply verify --public-key KEY
python scripts/supply workflows
python scripts/supply page [--check]
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Its own folder would stand first, and its modules are named as parts of a package.
sys.path[:1] = [str(ROOT / "scripts"), str(ROOT / "components")]

from supply import service  # noqa: E402
from tidegate.errors import ExitCode, TidegateError  # noqa: E402


def _audit(options: argparse.Namespace) -> int:
    from bootstrap import home
    from supply.audit import audit, report

    url = options.osv_url or service.OSV
    today = datetime.now(timezone.utc).date()
    done = audit(ROOT, home(), today, lambda pins: service.ask(pins, url))
    print(done.as_json() if options.json else report(done))
    return done.exit_code


def _sbom(options: argparse.Namespace) -> int:
    from supply import sbom

    for path in sbom.write(ROOT):
        print(path.relative_to(ROOT))
    return ExitCode.OK


def _sign(options: argparse.Namespace) -> int:
    from supply import signing

    for path in signing.sign(ROOT / "dist", options.key):
        print(f"✓ {path.relative_to(ROOT)}")
    return ExitCode.OK


def _verify(options: argparse.Namespace) -> int:
    from supply import signing

    for path in signing.verify(ROOT / "dist", options.public_key):
        print(f"✓ {path.relative_to(ROOT)}: signed by that key, and unchanged")
    return ExitCode.OK


def _workflows(options: argparse.Namespace) -> int:
    from supply import workflows

    return workflows.check(ROOT)


def _page(options: argparse.Namespace) -> int:
    from supply import page

    return page.write(ROOT, check=options.check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="supply", description=__doc__)
    commands = parser.add_subparsers(required=True)
    audit = commands.add_parser("audit", help="every lock against known advisories")
    audit.add_argument("--osv-url", default="", help=f"a service, else {service.OSV}")
    audit.add_argument("--json", action="store_true")
    audit.set_defaults(run=_audit)
    commands.add_parser("sbom", help="bills of materials").set_defaults(run=_sbom)
    sign = commands.add_parser("sign", help="sign the wheels of dist/")
    sign.add_argument("--key", required=True, help="PEM file of a private key")
    sign.set_defaults(run=_sign)
    verify = commands.add_parser("verify", help="verify the wheels of dist/")
    verify.add_argument("--public-key", required=True, help="PEM file of a public key")
    verify.set_defaults(run=_verify)
    commands.add_parser("workflows", help="rules of workflows").set_defaults(
        run=_workflows
    )
    page = commands.add_parser("page", help="the table of advisories in SECURITY.md")
    page.add_argument("--check", action="store_true", help="only look")
    page.set_defaults(run=_page)
    return parser


def main() -> int:
    """Runs a command; every error says what to do."""
    options = _parser().parse_args()
    try:
        return int(options.run(options))
    except TidegateError as error:
        print("\n".join(f"✗ {error}".splitlines()), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except OSError as error:
        print(f"✗ {error.strerror or type(error).__name__}", file=sys.stderr)
        return ExitCode.BROKEN


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
