"""setup.sh, with a Python that only pretends to install: what stops it, what it takes, and whose `trona` is called."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from waiting import alive, until

ROOT = Path(__file__).parents[1]
# It makes environments of copies of itself. With STUB_WAIT it writes its process id there and installs nothing.
PYTHON = """\
#!/usr/bin/env bash
root=$(cd "$(dirname "$0")/.." && pwd)
case "$*" in
  *"wheelhouse.py fits"*) case $3 in *good*) echo native-good.tar.gz;; *) echo "nothing fits: $4"; exit 1;; esac;;
  *"wheelhouse.py unpack"*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; touch "$4/unpacked";;
  *"-m venv"*) dir=${!#}; mkdir -p "$dir/bin" "$dir/lib/python3.11/site-packages"; cp "$0" "$dir/bin/python";;
  *"-m pip"*" -e "*)
    printf '#!/bin/sh\\n' >"$root/bin/trona"; chmod +x "$root/bin/trona"
    info=$root/lib/python3.11/site-packages/trona-0.1.0.dist-info; mkdir -p "$info"
    printf '{"dir_info": {"editable": true}, "url": "file://%s"}' "${!#}" >"$info/direct_url.json";;
  *"-m pip"*) if [ -n "${STUB_WAIT:-}" ]; then echo $$ >"$STUB_WAIT"; exec sleep 600; fi;;
  *prefix*) echo /opt/pretended;;
  *purelib*) echo "$root/lib/python3.11/site-packages";;
  *"%d.%d"*) echo 3.11;;
esac
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two checkouts, a home and the Python."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for file in ("setup.sh", "constraints.txt", "pyproject.toml"):
            shutil.copy(ROOT / file, tmp_path / name)
    for folder in ("home", "bin"):
        (tmp_path / folder).mkdir()
    executable(tmp_path / "bin/python", PYTHON)
    return tmp_path


def executable(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def start(place: Path, checkout: str = "one", *, without: str = "", **more: str) -> subprocess.Popen[str]:
    given = {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "HOME": str(place / "home"),
        "TRONA_PYTHON": str(place / "bin/python"),
        **more,
    }
    given.pop(without, None)
    return subprocess.Popen(
        ["bash", str(place / checkout / "setup.sh"), "python"],
        env=given,
        cwd=place,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def told(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate()
    return process.returncode, err


def locked(place: Path) -> bool:
    lock = place / "home/.local/share/trona/lock"
    return subprocess.run(["flock", "-n", lock, "true"]).returncode != 0


def in_a_step(place: Path) -> tuple[subprocess.Popen[str], int]:
    """A set-up in the midst of a step, and the process of that step."""
    process = start(place, STUB_WAIT=str(place / "pid"))
    until(lambda: (place / "pid").exists() and (place / "pid").read_text().endswith("\n"))
    return process, int((place / "pid").read_text())


# ---------------------------------------------------------------- what stops it


@pytest.mark.usefixtures("heard_signals")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_too(number: signal.Signals, place: Path) -> None:
    process, step = in_a_step(place)
    assert locked(place)
    process.send_signal(number)
    code, err = told(process)
    assert code == 128 + number
    assert err.endswith("trona setup: interrupted in: Python packages; run again to resume\n")
    until(lambda: not alive(step) and not locked(place))
    assert told(start(place))[0] == 0


def test_a_killed_one_keeps_others_out_while_its_step_goes_on(place: Path) -> None:
    process, step = in_a_step(place)
    process.kill()
    process.wait()
    assert alive(step) and locked(place)
    os.kill(step, signal.SIGKILL)
    until(lambda: not locked(place))


# ---------------------------------------------------------------- what it takes


def test_without_home_the_users_entry_is_asked(place: Path) -> None:
    executable(place / "bin/getent", f"#!/bin/sh\necho 'user:x:1:1::{place / 'home'}:/bin/sh'\n")
    code, err = told(start(place, without="HOME"))
    assert code == 0, err
    assert (place / "home/.local/bin/trona").is_symlink()
    executable(place / "bin/getent", "#!/bin/sh\nexit 2\n")
    assert told(start(place, without="HOME")) == (
        1,
        "trona setup: there is no HOME; set TRONA_HOME to a folder of yours\n",
    )
    assert told(start(place, without="HOME", TRONA_HOME=str(place / "own")))[0] == 0


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere", "there is no 'nowhere'"), ("./old", "'./old' is no Python 3.11, 3.12 or 3.13 (Python 3.9.1)")],
)
def test_a_wrong_python_is_refused(name: str, why: str, place: Path) -> None:
    executable(place / "old", '#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.1\nexit 1\n')
    assert told(start(place, TRONA_PYTHON=name)) == (1, f"trona setup: TRONA_PYTHON: {why}\n")


def test_with_its_own_environment_on_the_path_nothing_is_built_again(place: Path) -> None:
    """As after `source .../activate`: the Python that counts is the one from which the environment was made."""
    assert told(start(place))[0] == 0
    home = place / "home/.local/share/trona"
    (own,) = home.glob("checkout-*/bin")
    ours = f'#!/bin/sh\ncase "$*" in *_base_executable*) echo {place}/bin/python;; *prefix*) echo {own.parent};; esac\n'
    executable(own / "python3", ours)
    built = set(home.glob("*-*"))
    path = f"{own}:{os.environ['PATH']}"
    assert told(start(place, without="TRONA_PYTHON", PATH=path)) == (0, "")
    assert set(home.glob("*-*")) == built


def native(place: Path, house: str = "") -> tuple[str, list[str]]:
    """Set up with a stack of our own, on a system that has all packages; what it says, and what the stack holds."""
    executable(place / "bin/dpkg-query", "#!/bin/sh\necho installed\n")
    executable(place / "bin/mpiexec", '#!/bin/sh\nshift 2\nexec "$@"\n')
    code, err = told(start(place, TRONA_NATIVE="0", TRONA_WHEELHOUSE=house))
    assert code == 0, err
    (stack,) = (place / "home/.local/share/trona").glob("native-*")
    return err, sorted(path.name.partition("-")[0] for path in (*stack.glob("stamps/*"), *stack.glob("unpacked")))


def test_a_stack_that_fits_is_taken_and_not_built(place: Path) -> None:
    err, done = native(place, "/good")
    assert "trona setup: PETSc and Firedrake from native-good.tar.gz" in err and "building" not in err
    assert done == ["tested", "unpacked", "unpacked"]
    assert native(place, "/good") == ("", done)


def test_where_none_fits_the_reason_is_said_and_it_is_built(place: Path) -> None:
    err, done = native(place, "/bad")
    assert "trona setup: TRONA_WHEELHOUSE: nothing fits: " in err and "trona setup: building PETSc" in err
    assert done == ["base", "firedrake", "petsc", "petsc4py", "tested"]
    # Once built, it stays, whatever is on offer later.
    assert native(place, "/good") == ("", done)


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n', ""),
        (
            'VERSION_ID="13"\nID=debian\n',
            "this is debian 13; the set-up was made for it, but has been tried on debian 12 only",
        ),
        (
            'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n',
            "this is ubuntu 24.04; the set-up was made for it, but has been ",
        ),
        (
            'ID=ubuntu\nVERSION_ID="22.04"\n',
            "this is ubuntu 22.04; the set-up knows the packages of debian 12, debian 13 ",
        ),
        ("ID=debian\n", "this is debian; the set-up knows the packages of "),
        (None, "this is unknown; the set-up knows"),
    ],
)
def test_systems_are_told_apart(release: str | None, said: str, place: Path) -> None:
    if release is not None:
        (place / "os-release").write_text(release, encoding="utf-8")
    executable(place / "bin/dpkg-query", "#!/bin/sh\nexit 1\n")
    executable(place / "bin/id", "#!/bin/sh\necho 0\n")
    executable(place / "bin/apt-get", "#!/bin/sh\nexit 1\n")
    code, err = told(start(place, TRONA_NATIVE="0", TRONA_OS_RELEASE=str(place / "os-release")))
    lines = [line for line in err.splitlines() if "this is " in line]
    assert len(lines) == bool(said) and all(line.startswith(f"trona setup: {said}") for line in lines)
    assert code == 1 and "cure: run 'sudo apt-get update && sudo apt-get install bison flex gcc " in err


# ---------------------------------------------------------------- whose trona is called


def test_a_second_checkout_does_not_take_the_name(place: Path) -> None:
    assert told(start(place))[0] == 0
    link = place / "home/.local/bin/trona"
    first = link.readlink()
    code, err = told(start(place, "two"))
    assert (code, link.readlink()) == (0, first)
    own = next(p for p in (place / "home/.local/share/trona").glob("checkout-*/bin/trona") if p != first)
    assert err.endswith(
        f"trona setup: 'trona' stays the one of {place / 'one'}; this one is {own}\n"
        f"trona setup:   to call this one by name: ln -sfn {own} {link}\n"
    )
    assert told(start(place, "two")) == (0, "")  # once is enough
    # The same checkout with another environment keeps the name, and so does who comes when the first is gone.
    with (place / "one/constraints.txt").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert told(start(place))[0] == 0
    assert link.readlink() != first
    last = link.readlink()
    last.unlink()
    assert told(start(place, "two")) == (0, taken(last, "an environment", place))
    assert link.readlink() == own


def taken(link: Path, whose: str, place: Path) -> str:
    said = f"trona setup: 'trona' was {link} of {whose}, which is gone; it is now the one of {place / 'two'}\n"
    return f"{said}trona setup: add {place / 'home/.local/bin'} to your PATH to call 'trona' by name\n"


def test_the_name_of_a_checkout_that_is_gone_is_taken_and_that_is_said(place: Path) -> None:
    assert told(start(place))[0] == 0
    link = place / "home/.local/bin/trona"
    first = link.readlink()
    shutil.rmtree(place / "one")
    code, err = told(start(place, "two"))
    assert code == 0 and err.endswith(taken(first, str(place / "one"), place))
    assert link.readlink() != first


def test_a_file_of_that_name_stays(place: Path) -> None:
    own = place / "home/.local/bin/trona"
    own.parent.mkdir(parents=True)
    executable(own, "#!/bin/sh\necho mine\n")
    code, err = told(start(place))
    assert code == 0 and f"'trona' stays the one of {own}; this one is " in err
    assert own.read_text(encoding="utf-8") == "#!/bin/sh\necho mine\n"
