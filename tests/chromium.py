"""Finding a Chromium for the browser tests, or installing one where that takes no questions."""

import os
import shutil
import subprocess
from collections.abc import Mapping

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_TIMEOUT_S = 600


def find(env: Mapping[str, str] = os.environ) -> str | None:
    """The program: the one CHROMIUM names, otherwise the first on the PATH."""
    if named := env.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, (shutil.which(name, path=env.get("PATH")) for name in NAMES)), None)


def find_or_install() -> str | None:
    """The program, installed with apt-get when there is none and this takes no password; None when it cannot be had."""
    if found := find():
        return found
    if not (prefix := _apt_get()):
        return None
    print("Installing Chromium for the browser tests, once …", flush=True)
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        try:
            subprocess.run([*prefix, *command], capture_output=True, timeout=INSTALL_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            return None
    return find()


def _apt_get() -> list[str]:
    """The words before an apt-get command that runs without questions; none when there is no such way."""
    if not (apt_get := shutil.which("apt-get")):
        return []
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", apt_get]
    if os.geteuid() == 0:
        return quiet
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", *quiet]
    return []
