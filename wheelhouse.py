"""Packs the native environment that setup.sh has built, and takes it from a folder or a URL on another machine.

    python3 wheelhouse.py pack FOLDER NATIVE RECIPE     adds NATIVE, built by the recipe of that hash, to FOLDER
    python3 wheelhouse.py fits PLACE RECIPE             says which archive fits this machine, or why none does (exit 1)
    python3 wheelhouse.py unpack PLACE NATIVE RECIPE    makes NATIVE from the one that fits

PLACE is a folder or a URL with `manifest.json` and the archives. One that is unpacked runs at another path and for
another user: what holds the path where it was built is rewritten. The checksum finds a damaged file, not a forged one:
take archives only from whom you trust. It needs the standard library, and `patchelf` to unpack.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import urllib.request
import venv
from pathlib import Path
from typing import Any
from urllib.error import URLError

OS_RELEASE = Path("/etc/os-release")
WHAT = ("distribution", "machine", "python", "recipe")
"""What must be the same here as where an archive was built: its libraries are those of the distribution."""


def here(recipe: str) -> dict[str, str]:
    """Describe this machine as a manifest does."""
    rows = OS_RELEASE.read_text(encoding="utf-8").splitlines() if OS_RELEASE.exists() else []
    said = {key: value.strip("\"'") for key, _, value in (row.partition("=") for row in rows)}
    return {
        "distribution": f"{said.get('ID', 'unknown')} {said.get('VERSION_ID', '')}".strip(),
        "machine": platform.machine(),
        "python": str(sysconfig.get_config_var("SOABI")),
        "recipe": recipe,
    }


def pack(folder: Path, native: Path, recipe: str) -> str:
    """Add an archive of an environment and its entry to a folder, in place of one for the same machine."""
    machine = here(recipe)
    name = "-".join(["native", *(text.replace(" ", "") for text in machine.values())]) + ".tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.part"
    with tarfile.open(partial, "w:gz", compresslevel=3) as archive:
        archive.add(native, ".", filter=lambda each: _packed(each, native))
    digest = _digest(partial)
    partial.rename(folder / name)
    manifest = folder / "manifest.json"
    entries = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else []
    entries = [entry for entry in entries if entry["archive"] != name]
    entries.append({**machine, "prefix": str(native), "base": _base(native), "archive": name, "sha256": digest})
    manifest.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    return name


def fitting(place: str, recipe: str) -> dict[str, Any]:
    """Return the entry that fits this machine. Raises LookupError with the reason why none does."""
    machine = here(recipe)
    try:
        with urllib.request.urlopen(_url(place, "manifest.json"), timeout=60) as file:
            entries = json.load(file)
        wrong = {entry["archive"]: [key for key in WHAT if entry[key] != machine[key]] for entry in entries}
    except (URLError, OSError, ValueError, KeyError, TypeError) as error:
        raise LookupError(f"{place} has no manifest that can be read ({error})") from None
    if not entries:
        raise LookupError(f"{place} is empty")
    best = min(entries, key=lambda entry: len(wrong[entry["archive"]]))
    if wrong[best["archive"]]:
        unlike = [f"{key} is {machine[key]} here, {best[key]} there" for key in wrong[best["archive"]]]
        raise LookupError(f"nothing in {place} fits this machine: {'; '.join(unlike)}")
    return dict(best)


def unpack(place: str, native: Path, recipe: str) -> None:
    """Make an environment from the archive that fits. Raises LookupError, also where the checksum is another."""
    entry = fitting(place, recipe)
    name = Path(entry["archive"]).name
    with tempfile.TemporaryDirectory(dir=native.parent) as folder:
        file = Path(folder, name)
        with urllib.request.urlopen(_url(place, name), timeout=60) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        if _digest(file) != entry["sha256"]:
            raise LookupError(f"{place}: {name} is damaged: its checksum is not the one in the manifest")
        shutil.rmtree(native, ignore_errors=True)
        venv.create(native, symlinks=True)
        with tarfile.open(file) as archive:
            safe: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall(native, **safe)
    relocate(native, entry["prefix"], entry["base"])


def relocate(native: Path, old: str, base: str) -> None:
    """Rewrite the path where an environment was built, in its texts and in where its libraries look for others.

    They no longer look where the interpreter and the home of its builder were: here anybody may own that path.
    """
    places = [old.encode(), *([] if base == "/usr" else [base.encode()])]
    for path in [each for each in native.rglob("*") if each.is_file() and not each.is_symlink()]:
        if path.name == "pyvenv.cfg" or path.suffix in (".pyc", ".c", ".h"):
            continue
        content = path.read_bytes()
        if content.startswith(b"\x7fELF") and any(place in content for place in places):
            looks = _patchelf("--print-rpath", str(path)).replace(old, str(native)).split(":")
            kept = [each for each in looks if each.startswith((str(native), "/usr/", "$ORIGIN"))]
            _patchelf("--set-rpath", ":".join(kept), str(path))
        elif places[0] in content and b"\0" not in content:
            path.write_bytes(content.replace(places[0], str(native).encode()))


def _patchelf(*words: str) -> str:
    return subprocess.run(["patchelf", *words], capture_output=True, text=True, check=True).stdout.strip()


def _base(native: Path) -> str:
    """Return where the interpreter is installed from which an environment was made."""
    rows = (native / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    home = next(value.strip() for key, _, value in (row.partition("=") for row in rows) if key.strip() == "home")
    return str(Path(home).parent)


def _packed(each: tarfile.TarInfo, native: Path) -> tarfile.TarInfo | None:
    """Leave out what is made anew: the interpreter, which belongs to the machine, stamps and kernels."""
    parts = Path(each.name).parts
    own = parts[:1] in [("stamps",), (".cache",), ("pyvenv.cfg",), ("lib64",)]
    interpreter = parts[:1] == ("bin",) and each.issym()
    if own or interpreter:
        return None
    each.uid = each.gid = 0
    each.uname = each.gname = ""
    return each


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _url(place: str, name: str) -> str:
    base = place if "://" in place else Path(place).resolve().as_uri()
    return f"{base.rstrip('/')}/{name}"


def main(words: list[str]) -> int:
    """Run one of the commands."""
    try:
        match words:
            case ["pack", folder, native, recipe]:
                print(pack(Path(folder), Path(native), recipe))
            case ["fits", place, recipe]:
                print(fitting(place, recipe)["archive"])
            case ["unpack", place, native, recipe]:
                unpack(place, Path(native), recipe)
            case _:
                print(__doc__)
                return 2
    except OSError as error:
        print(f"{error.filename or 'the archive'}: {error.strerror or error}")
        return 1
    except LookupError as error:
        print(error.args[0])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
