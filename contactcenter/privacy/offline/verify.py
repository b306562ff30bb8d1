"""Check this packet with nothing but Python 3: python3 verify.py [folder]

1. Every file is the one that was put in (MANIFEST.json).
2. Every decision is the one that was chained when it was made (proof/decisions.jsonl, proof/<day>.txt).
3. Each day's chain leads, entry by entry, to the end that was signed (proof/ends.json).

Signatures are checked too where the package `cryptography` is installed; the public key is in proof/ends.json, to be
compared with the one that the sender publishes.
"""

import hashlib
import json
import sys
from pathlib import Path


def canonical(value: object) -> bytes:
    """JSON, keys in order, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def files(folder: Path, problems: "list[str]") -> int:
    """Every file against the manifest, and no file beside it."""
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
    for name, known in manifest.items():
        path = folder / name
        if not path.is_file():
            problems.append(name + " is missing.")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != known:
            problems.append(name + " is not the file that was put in.")
    return len(manifest)


def days(folder: Path, ends: "dict", problems: "list[str]") -> "dict":
    """Walk each day's chain; the last hash that was chained for each decision."""
    chained = {}
    for day, end in ends["days"].items():
        previous = end["previous"]
        for line in (folder / "proof" / (day + ".txt")).read_text(encoding="utf-8").splitlines():
            position, kind, decision, body = line.split()
            number = None if decision == "-" else int(decision)
            entry = {
                "position": int(position),
                "day": day,
                "kind": kind,
                "decision": number,
                "body_sha256": body,
                "previous": previous,
            }
            previous = hashlib.sha256(canonical(entry)).hexdigest()
            if kind in ("decision", "erased"):
                chained[number] = body
        if previous != end["sha256"]:
            problems.append("The chain of " + day + " does not lead to the end that was signed.")
        is_genuine = signed(
            {"position": end["position"], "sha256": end["sha256"]}, end["signature"], ends["public_key"]
        )
        if is_genuine is False:
            problems.append("The signature of " + day + " is not genuine.")
    return chained


def signed(value: object, signature: str, key: str) -> "bool | None":
    """Whether a signature is genuine; None when it cannot be checked here."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), canonical(value))
    except (InvalidSignature, ValueError):
        return False
    return True


def main(folder: Path) -> int:
    """Say what was checked; 1 when something is not as it was."""
    problems: list[str] = []
    count = files(folder, problems)
    ends = json.loads((folder / "proof" / "ends.json").read_text(encoding="utf-8"))
    chained = days(folder, ends, problems)
    decisions = 0
    for line in (folder / "proof" / "decisions.jsonl").read_text(encoding="utf-8").splitlines():
        decisions += 1
        number = json.loads(line)["id"]
        if chained.get(number) != hashlib.sha256(line.encode()).hexdigest():
            problems.append("Decision " + str(number) + " is not the one that was chained.")
    for problem in problems:
        print("FAULT", problem)  # noqa: T201
    print(count, "files,", decisions, "decisions,", len(ends["days"]), "days of the chain:", end=" ")  # noqa: T201
    print("something is not as it was" if problems else "all is as it was")  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
