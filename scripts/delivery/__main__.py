"""The steps of a build: `python scripts/delivery STEP`, called by make.

What a step needs comes in variables of its environment, where make puts those of its
command line: no shell reads them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from delivery.environment_cache import Environment

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "components"), str(ROOT)]

from bootstrapping.console import INFRASTRUCTURE, SetUpError  # noqa: E402
from delivery.errors import demand  # noqa: E402

REPOSITORY = "REGISTRY/NAME"
STORE = "gs://BUCKET/FOLDER"
COMMIT = "COMMIT_SHA"


def env_restore(said: Mapping[str, str]) -> int:
    """Takes the environment from CACHE, if one is kept."""
    from delivery import environment_cache
    from delivery.stores import store_of

    if not said.get("CACHE"):
        print("- environment: no CACHE is named; it will be made")
        return 0
    environment_cache.restore(_environment(said), store_of(said["CACHE"]))
    return 0


def env_save(said: Mapping[str, str]) -> int:
    """Keeps the environment in CACHE."""
    from delivery import environment_cache
    from delivery.stores import store_of

    if not said.get("CACHE"):
        print("- environment: no CACHE is named; nothing is kept")
        return 0
    environment_cache.save(_environment(said), store_of(said["CACHE"]))
    return 0


def image(said: Mapping[str, str]) -> int:
    """Builds the container image."""
    from delivery import container_image, pins

    target = container_image.target_of(
        said.get("IMAGE", ""), said.get("CODE_VERSION", "")
    )
    base = pins.pins(ROOT)["base"]
    digest = said.get("BASE_DIGEST") or base.digest
    pinned = f"{base.image}:{base.tag}@{digest}"
    container_image.build(target, pinned, ROOT, said.get("SOURCE", ""))
    return 0


def image_push(said: Mapping[str, str]) -> int:
    """Pushes it, and writes its digest down."""
    from delivery import container_image

    target = container_image.target_of(
        said.get("IMAGE", ""), said.get("CODE_VERSION", "")
    )
    container_image.push(target, ROOT)
    return 0


def image_check(said: Mapping[str, str]) -> int:
    """Starts the image that was pushed."""
    from delivery import container_image
    from delivery import specs as compiled

    file = said.get("IMAGE_FILE") or str(container_image.IMAGE_FILE)
    container_image.check(compiled.image_of("", file, ROOT), ROOT)
    return 0


def images_refresh(said: Mapping[str, str]) -> int:
    """Says what the tags of the pinned images mean today."""
    from delivery import pins_today

    return pins_today.show(ROOT)


def specs(said: Mapping[str, str]) -> int:
    """Compiles every pipeline for every environment."""
    from delivery import specs as compiled

    image = compiled.image_of(said.get("IMAGE", ""), said.get("IMAGE_FILE", ""), ROOT)
    for path in compiled.compile_all(ROOT, image):
        print(path.relative_to(ROOT))
    return 0


def plan(said: Mapping[str, str]) -> int:
    """Says what changes in the compiled pipelines."""
    from delivery.plan import make_plan

    given = demand("plan", said, {"BASE": "origin/main"})
    make_plan(ROOT, given["BASE"], said, datetime.now(timezone.utc))
    return 0


def data_tests(said: Mapping[str, str]) -> int:
    """Checks the sample."""
    from delivery import sample

    return sample.data_tests(ROOT, said.get("DATA", ""))


def smoke(said: Mapping[str, str]) -> int:
    """Runs the compiled spec on the sample."""
    from delivery import sample

    return sample.smoke(ROOT)


def record(said: Mapping[str, str]) -> int:
    """Writes down what the commit became."""
    from delivery import record as records
    from delivery.stores import store_of

    given = demand("record", said, {"BUILDS": STORE, "COMMIT": COMMIT})
    store = store_of(given["BUILDS"])
    build = records.record(ROOT, store, given["COMMIT"])
    where = store.path(f"{build.commit}/{records.BUILD}")
    print(f"✓ {len(build.files)} files of {build.commit[:12]} → {where}")
    for one in build.foreign:
        print(f"- its specs also run {one}")
    return 0


def keep_specs(said: Mapping[str, str]) -> int:
    """Keeps what main was compiled to, for the plans of pull requests."""
    from delivery import base, main_specs
    from delivery.stores import store_of

    if not said.get("MAIN_SPECS", "").strip():
        print("- no MAIN_SPECS is named; pull requests compare by git alone")
        return 0
    needs = {"MAIN_SPECS": STORE, "COMMIT": COMMIT, "BRANCH": "main"}
    given = demand("keep-specs", said, needs)
    store, commit = store_of(given["MAIN_SPECS"]), given["COMMIT"]
    time, now = base.time_of(ROOT, commit), datetime.now(timezone.utc)
    name = main_specs.keep(ROOT, store, commit, given["BRANCH"], time, now)
    print(f"✓ the specs of {commit[:12]} → {store.path(name)}")
    return 0


def build_record(said: Mapping[str, str]) -> int:
    """Fetches what main recorded of a commit, and verifies it."""
    from delivery import record as records
    from delivery.stores import store_of

    needs = {"BUILDS": STORE, "COMMIT": COMMIT, "IMAGE": REPOSITORY}
    given = demand("build-record", said, needs)
    store = store_of(given["BUILDS"])
    build = records.fetch(ROOT, store, given["COMMIT"], given["IMAGE"])
    print(f"✓ {len(build.files)} files of {build.commit[:12]}, for {build.image}")
    for one in build.foreign:
        print(f"- its specs also run {one}")
    return 0


def promote_image(said: Mapping[str, str]) -> int:
    """Gives the recorded image its version."""
    from delivery import container_image
    from delivery import record as records

    given = demand("promote-image", said, {"COMMIT": COMMIT, "VERSION": "v1.2.0"})
    build = records.read_build(ROOT, given["COMMIT"])
    done = container_image.promote(build.image, given["VERSION"])
    sign = "✓" if done else "= already:"
    print(f"{sign} {given['VERSION']} is {build.image}")
    return 0


def promote_specs(said: Mapping[str, str]) -> int:
    """Uploads the recorded specs under the version."""
    from delivery import submitting

    needs = {"COMMIT": COMMIT, "VERSION": "v1.2.0", "KFP_HOST": "https://…"}
    given = demand("promote-specs", said, needs)
    env = said.get("KFP_ENV") or "prod"
    return submitting.upload(
        ROOT, given["COMMIT"], given["VERSION"], given["KFP_HOST"], env
    )


def submit(said: Mapping[str, str]) -> int:
    """Submits a run."""
    from delivery import submitting

    needs = {
        "SPEC": "build/specs/flights.dev.yaml",
        "KFP_HOST": "https://…",
        "RUN": "flights-SHORT_SHA",
    }
    given = demand("submit", said, needs)
    env = said.get("KFP_ENV") or "dev"
    return submitting.submit(ROOT, given["SPEC"], given["KFP_HOST"], given["RUN"], env)


STEPS: dict[str, Callable[[Mapping[str, str]], int]] = {
    step.__name__.replace("_", "-"): step
    for step in (
        *(env_restore, env_save, image, image_push, image_check, images_refresh),
        *(specs, plan),
        *(data_tests, smoke, record, keep_specs, build_record),
        *(promote_image, promote_specs, submit),
    )
}


def main() -> int:
    """Runs one step; returns its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("step", choices=sorted(STEPS))
    step = STEPS[parser.parse_args().step]
    try:
        return step(os.environ)
    except SetUpError as error:
        error.show()
        return error.code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        SetUpError(f"{error.strerror or error}: {error.filename or ''}").show()
        return INFRASTRUCTURE
    except Exception as error:
        # One of tidegate's own, which is not loaded where there are no packages.
        if not hasattr(error, "exit_code") or not hasattr(error, "lines"):
            raise
        first, *more = error.lines()
        SetUpError(str(first), tuple(map(str, more))).show()
        return int(error.exit_code)


def _environment(said: Mapping[str, str]) -> Environment:
    from delivery.environment_cache import Environment

    home = Path(said.get("TIDEGATE_VENVS") or ROOT / ".venv").resolve()
    return Environment(ROOT, home, said.get("BUILDER", ""))


if __name__ == "__main__":
    sys.exit(main())
