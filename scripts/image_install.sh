#!/bin/sh
# The installation steps of the container image. kubeflow/Dockerfile calls them,
# and `make image-steps` runs the same ones in a Debian 13 root.
#
#   image_install.sh build PREFIX   tools to compile with, then everything in PREFIX
#   image_install.sh run PREFIX     what the final layer needs besides PREFIX
#   image_install.sh check PREFIX   both, then a look at the result as another user
#
# Run from the root of the checkout, as root.
set -eu

step="${1:?say build, run or check}"
prefix="${2:?say where to install}"

# The part of the lock that builds the rest: see scripts/bootstrapping.
BUILDERS='
import sys
sys.path[:0] = ["scripts", "components"]
from bootstrapping.environment import BUILDERS, only
sys.stdout.write(only(sys.stdin.read(), BUILDERS))'

packages() {
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends \
        "$@" >/dev/null
}

# Debian's own Python where the base image has none.
find_python() {
    for name in /usr/local/bin/python3.13 python3.13; do
        if command -v "$name"; then return; fi
    done
}

build() {
    if test -z "$(find_python)"; then packages python3 python3-dev python3-venv; fi
    if ! command -v g++ >/dev/null; then packages g++; fi
    python="$(find_python)"
    tools="$(mktemp -d)"
    "$python" -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --require-hashes \
        -r requirements/tools.lock
    rm -rf "$prefix"
    export UV_LINK_MODE="${UV_LINK_MODE:-copy}"
    "$tools/bin/uv" venv --quiet --python "$python" "$prefix"
    lock=requirements/image.lock
    "$python" -c "$BUILDERS" <"$lock" >"$tools/builders.lock"
    for requirements in "$tools/builders.lock" "$lock"; do
        "$tools/bin/uv" pip install --quiet --require-hashes --no-deps \
            --compile-bytecode \
            --no-build-isolation --python "$prefix/bin/python" -r "$requirements"
    done
    "$tools/bin/uv" pip install --quiet --offline --no-deps --no-build-isolation \
        --compile-bytecode --python "$prefix/bin/python" .
    rm -rf "$tools" build components/*.egg-info
}

run() {
    if test -z "$(find_python)"; then packages python3; fi
    # TensorFlow's OpenMP, and certificates for object stores.
    packages ca-certificates libgomp1
}

check() {
    build
    run
    if ! id tidegate >/dev/null 2>&1; then useradd --system --no-create-home tidegate; fi
    cd /
    # As the image runs it: another user, a home that cannot be written.
    setpriv --reuid tidegate --regid tidegate --clear-groups env -i \
        PATH="$prefix/bin:/usr/bin:/bin" HOME=/tmp "$prefix/bin/python" -c '
import tidegate, tensorflow, tfx, tfx_bsl, tensorflow_data_validation
print("tidegate", tidegate.__version__, "on TFX", tfx.__version__)'
    setpriv --reuid tidegate --regid tidegate --clear-groups env -i \
        PATH="$prefix/bin:/usr/bin:/bin" HOME=/tmp "$prefix/bin/tidegate" doctor
    for tool in pytest ruff mypy; do
        if test -e "$prefix/bin/$tool"; then
            echo "✗ $tool is in the image" >&2
            exit 1
        fi
    done
    echo "✓ the steps of the image work"
}

case "$step" in
    build) build ;;
    run) run ;;
    check) check ;;
    *)
        echo "✗ no step is called $step: say build, run or check" >&2
        exit 2
        ;;
esac
