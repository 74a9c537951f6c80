#!/bin/sh
# The installation steps of the container image. kubeflow/Dockerfile calls them,
# and `make image-steps` runs the same ones in a Debian 13 root.
#
#   image_install.sh packages PREFIX   tools to compile with, then the locked packages
#   image_install.sh wheel PREFIX      this project as a wheel, into PREFIX/wheel
#   image_install.sh run PREFIX        what the final layer needs besides PREFIX
#   image_install.sh project PREFIX    that wheel, installed on top of the packages
#   image_install.sh check PREFIX      all of them, then a look as another user
#
# The packages come first and by themselves: their layer, nearly all of the image, is
# the same for every commit that leaves the lock alone.
#
# Run from the root of the checkout, as root.
set -eu

step="${1:?say packages, wheel, run, project or check}"
prefix="${2:?say where to install}"

# The part of the lock that builds the rest: see scripts/bootstrapping.
BUILDERS='
import sys
sys.path[:0] = ["scripts", "components"]
from bootstrapping.environment import BUILDERS, only
sys.stdout.write(only(sys.stdin.read(), BUILDERS))'

install_from_debian() {
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

packages() {
    if test -z "$(find_python)"; then
        install_from_debian python3 python3-dev python3-venv
    fi
    if ! command -v g++ >/dev/null; then install_from_debian g++; fi
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
    rm -rf "$tools"
}

# With the builders of the lock, which are among the packages.
wheel() {
    rm -rf "$prefix/wheel"
    "$prefix/bin/python" -m pip wheel --quiet --no-index --no-deps \
        --no-build-isolation --wheel-dir "$prefix/wheel" .
    rm -rf build components/*.egg-info
}

project() {
    "$prefix/bin/python" -m pip install --quiet --no-index --no-deps --compile \
        --root-user-action ignore "$prefix"/wheel/*.whl
    rm -rf "$prefix/wheel"
}

run() {
    if test -z "$(find_python)"; then install_from_debian python3; fi
    # TensorFlow's OpenMP, and certificates for object stores.
    install_from_debian ca-certificates libgomp1
}

check() {
    packages
    wheel
    run
    project
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
    packages) packages ;;
    wheel) wheel ;;
    run) run ;;
    project) project ;;
    check) check ;;
    *)
        echo "✗ no step is called $step: say packages, wheel, run, project or check" >&2
        exit 2
        ;;
esac
