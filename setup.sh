#!/usr/bin/env bash
# Sets up everything trona needs and prints nothing but progress; safe to run again at any time.
#
#   bash setup.sh            set up; a second's work when there is nothing to do
#   bash setup.sh python     set up, then print the path of the Python to use
#   bash setup.sh browser    set up, then install Debian's chromium, for the tests of pages; where that fails they are skipped
#   bash setup.sh wheelhouse DIR   set up, then pack native-<key> into DIR, for TRONA_WHEELHOUSE of others
#
# Three environments, each laid over the one before, all outside the checkout:
#   native-<key>    MPI-built PETSc, petsc4py, h5py and Firedrake   (built once, about 15 minutes)
#   python-<key>    the other Python packages                       (wheels, about a minute)
#   checkout-<key>  this checkout, installed editable               (seconds)
# The keys are hashes of what they were made from, so another version never overwrites one in use.
#
#   TRONA_HOME      where they live            (default: $XDG_DATA_HOME/trona or ~/.local/share/trona)
#   TRONA_PYTHON    the interpreter to build on (default: python3, then python3.11 ... python3.13; one that does not
#                   fit is refused)
#   TRONA_WHEELHOUSE  a folder or URL with packed native stacks: one that fits this machine is taken, not built
#   TRONA_NATIVE=0  build our own stack even if a fitting Firedrake is active
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
want=${1:-}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

say() { printf '%s\n' "trona setup: $*" >&2; }
die() { say "$*"; exit 1; }
pin() { sed -n "s/^$1==//p" "$here/constraints.txt"; }
section() { awk -v s="[$1]" '/^# \[/ {on = index($0, s) > 0} on && /==/' "$here/constraints.txt"; }
key() { sha256sum | cut -c1-12; }

# A service or a container may start us without HOME: the user's entry has it.
: "${HOME:=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)}"
[ -n "${TRONA_HOME:-}${XDG_DATA_HOME:-}$HOME" ] || die "there is no HOME; set TRONA_HOME to a folder of yours"
export HOME
home=${TRONA_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/trona}
mkdir -p "$home/logs" 2>/dev/null || die "cannot write to $home; set TRONA_HOME to a folder of yours"

# ---------------------------------------------------------------- one run at a time
exec 9>"$home/lock"
if ! flock -n 9; then say "another set-up is running; waiting for it"; flock 9; fi

# ---------------------------------------------------------------- a step, its log, its stamp
# step STAMP TITLE CURE COMMAND...: skipped when the stamp exists; the log is named when it fails.
step() {
  local stamp=$1 title=$2 cure=$3; shift 3
  [ -e "$stamp" ] && return 0
  local log; log="$home/logs/$(basename "$stamp").log"
  local begin=$SECONDS shown=0 status=0
  say "$title ... (log: $log)"
  # A process group of its own, so that an interruption ends all that the step has started. Its shell keeps the lock,
  # what it starts does not: if we are killed, nobody else begins while the step goes on.
  set -m; ( set -e; "$@" 9>&- ) >"$log" 2>&1 & local pid=$!; set +m
  local number
  for number in 1 2 15; do  # HUP, INT, TERM
    trap "kill -- -$pid 2>/dev/null; say \"interrupted in: \$title; run again to resume\" || :; exit $((128 + number))" $number
  done
  while kill -0 $pid 2>/dev/null; do
    sleep 1
    if [ $((SECONDS - begin - shown)) -ge 30 ]; then
      shown=$((SECONDS - begin)); say "  $title: ${shown} s, $(tail -n 1 "$log" | cut -c1-90)"
    fi
  done
  wait $pid || status=$?
  trap - HUP INT TERM
  if [ $status -ne 0 ]; then
    tail -n 15 "$log" | sed 's/^/    /' >&2
    say "FAILED: $title"; say "  log:  $log"; say "  cure: $cure"; exit 1
  fi
  mkdir -p "$(dirname "$stamp")"; touch "$stamp"
  say "  done in $((SECONDS - begin)) s"
}

# ---------------------------------------------------------------- system packages
debian=(bison flex gcc g++ gfortran make ninja-build pkg-config patchelf zlib1g-dev libopenmpi-dev
  openmpi-bin libopenblas-dev libhdf5-openmpi-dev libmumps-ptscotch-dev libptscotch-dev
  libscalapack-openmpi-dev libsuitesparse-dev libmetis-dev libsuperlu-dist-dev libhwloc-dev
  libglu1-mesa libxcursor1 libxinerama1 libxft2 libxrender1 libgl1)

install_debian() {
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then sudo="sudo"; command -v sudo >/dev/null || { echo "no sudo here"; return 1; }; fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

get_browser() {  # only tests need it: nothing fails without, and a machine that has none is asked once a day
  command -v chromium >/dev/null && command -v chromedriver >/dev/null && return 0
  local tried=$home/stamps/no-browser log=$home/logs/browser.log
  [ -z "$(find "$tried" -mtime -1 2>/dev/null)" ] || return 0
  if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; }; then
    say "no chromium, and no right to install it: the tests of pages in a browser are skipped"
  elif say "chromium, for the tests of pages ... (log: $log)"; install_debian chromium chromium-driver >"$log" 2>&1 9>&-; then
    rm -f "$tried"; return 0
  else
    say "chromium could not be installed ($log): the tests of pages in a browser are skipped"
  fi
  mkdir -p "$home/stamps"; touch "$tried"
}

system() {  # its name and version, such as "debian 12"; TRONA_OS_RELEASE is for tests
  ( unset ID VERSION_ID; . "${TRONA_OS_RELEASE:-/etc/os-release}" 2>/dev/null || :; echo "${ID:-unknown}${VERSION_ID:+ $VERSION_ID}" )
}

need_debian() {  # installs those of the named packages that are not there
  command -v dpkg-query >/dev/null || die "this set-up knows Debian and Ubuntu; elsewhere activate a Firedrake $(pin firedrake) first"
  local missing=() p
  for p in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed$' || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  rm -f "$home/stamps/debian-packages"
  case "$(system)" in
    "debian 12") ;;
    "debian 13" | "ubuntu 24.04") say "this is $(system); the set-up was made for it, but has been tried on debian 12 only";;
    *) say "this is $(system); the set-up knows the packages of debian 12, debian 13 and ubuntu 24.04, and tries the same";;
  esac
  [ "$(id -u)" -eq 0 ] || say "system packages are needed; sudo may ask for your password"
  step "$home/stamps/debian-packages" "system packages (${#missing[@]})" \
    "run 'sudo apt-get update && sudo apt-get install ${missing[*]}' and read what it says" \
    install_debian "${missing[@]}"
}

# ---------------------------------------------------------------- which Python
fitting='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
if [ -n "${TRONA_PYTHON:-}" ]; then
  command -v "$TRONA_PYTHON" >/dev/null || die "TRONA_PYTHON: there is no '$TRONA_PYTHON'"
  "$TRONA_PYTHON" -c "$fitting" 2>/dev/null ||
    die "TRONA_PYTHON: '$TRONA_PYTHON' is no Python 3.11, 3.12 or 3.13 ($("$TRONA_PYTHON" -V 2>&1 | head -n 1))"
  case "$("$TRONA_PYTHON" -c 'import sys; print(sys.prefix)')" in
    "$home"/*) die "TRONA_PYTHON: '$TRONA_PYTHON' is one that this set-up has made; name the one to build on";;
  esac
fi
find_python() {
  local p
  for p in "${TRONA_PYTHON:-}" python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
    [ -n "$p" ] && p=$(command -v "$p") || continue
    case "$("$p" -c 'import sys; print(sys.prefix)' 2>/dev/null)" in
      "$home"/*) p=$("$p" -c 'import sys; print(sys._base_executable)');;  # one of ours: the one that it was made from
    esac
    case "$("$p" -c 'import sys; print(sys.prefix)' 2>/dev/null)" in "$home"/*) continue;; esac
    "$p" -c "$fitting" 2>/dev/null || continue
    echo "$p"; return 0
  done
  return 1
}
python=$(find_python) || { need_debian python3 python3-venv python3-dev; python=$(find_python) ||
  die "Python 3.11, 3.12 or 3.13 is needed; install one and set TRONA_PYTHON to it"; }
[ "$("$python" -c 'import sys; print(sys.base_prefix)')" = /usr ] && need_debian python3-venv python3-dev

fits='
import sys
from importlib.metadata import version
sys.exit(not (version("firedrake") == sys.argv[1] and version("petsc4py").rsplit(".", 1)[0] == sys.argv[2].rsplit(".", 1)[0]))
'
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

over() {  # over DIR PARENT_SITE...: a bare environment DIR that sees the packages of its parents, pip included
  local dir=$1; shift
  "$python" -m venv --without-pip "$dir"
  local site; site=$("$dir/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  printf '%s\n' "$@" >"$site/_trona_parents.pth"
}
site() { "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }

# ---------------------------------------------------------------- native: PETSc and Firedrake
petsc_options() {
  local multiarch; multiarch=$(gcc -print-multiarch)
  local hdf5=/usr/lib/$multiarch/hdf5/openmpi
  # The pt-scotch build of MUMPS is named in full: "--with-mumps" alone finds the plain one.
  echo --with-c2html=0 --with-debugging=0 --with-fortran-bindings=0 --with-shared-libraries=1 \
    --with-strict-petscerrorcode --COPTFLAGS=-O3 --CXXOPTFLAGS=-O3 --FOPTFLAGS=-O3 \
    --with-hdf5-include=/usr/include/hdf5/openmpi "--with-hdf5-lib=[$hdf5/libhdf5.so,$hdf5/libhdf5_hl.so]" \
    --with-hwloc --with-metis --with-zlib --with-bison --with-suitesparse \
    --with-ptscotch-include=/usr/include/scotch \
    "--with-ptscotch-lib=[-lptesmumps,-lptscotch,-lptscotcherr,-lesmumps,-lscotch,-lscotcherr]" \
    --with-scalapack-lib=-lscalapack-openmpi \
    --with-mumps-include=/usr/include \
    "--with-mumps-lib=[-lcmumps_ptscotch,-ldmumps_ptscotch,-lsmumps_ptscotch,-lzmumps_ptscotch,-lmumps_common_ptscotch,-lpord_ptscotch]" \
    --with-superlu_dist-include=/usr/include/superlu-dist --with-superlu_dist-lib=-lsuperlu_dist
}

pip_native() { "$native/bin/python" -m pip install --no-build-isolation -c "$home/native.txt" "$@"; }

make_native() { rm -rf "$native"; "$python" -m venv "$native"; pip_native --upgrade setuptools wheel cython numpy pkgconfig petsctools; }

make_petsc() {
  # no pip cache: a PETSc built with other options must not be taken for ours
  MAKEFLAGS=-j$(nproc) PETSC_CONFIGURE_OPTIONS=$(petsc_options) pip_native --no-cache-dir -v petsc
}

native_env() {
  PETSC_DIR=$("$native/bin/python" -c 'import petsc; print(petsc.get_petsc_dir())')
  export PETSC_DIR HDF5_MPI=ON CC=mpicc HDF5_DIR="/usr/lib/$(gcc -print-multiarch)/hdf5/openmpi"
  unset PETSC_ARCH
  export CFLAGS="-O1 -g0"  # at -O3 one Cython file takes minutes and gigabytes
}
make_petsc4py() { native_env; pip_native pybind11 'firedrake-rtree' 'rtree' hatchling meson-python scikit-build-core mpi4py; pip_native --no-cache-dir petsc4py; }
make_firedrake() {
  native_env
  pip_native libsupermesh
  pip_native --no-cache-dir --no-binary h5py h5py
  pip_native firedrake
}
take_native() { "$python" "$here/wheelhouse.py" unpack "$TRONA_WHEELHOUSE" "$native" "$recipe"; }
test_native() { cd /; OMP_NUM_THREADS=1 mpiexec -n 2 "$native/bin/python" -c '
from firedrake import *
mesh = UnitSquareMesh(4, 4); V = FunctionSpace(mesh, "CG", 1); u = Function(V)
solve(inner(grad(TrialFunction(V)), grad(TestFunction(V)))*dx == TestFunction(V)*dx, u, DirichletBC(V, 0, 1),
      solver_parameters={"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"})'; }

own=1
if [ "${TRONA_NATIVE:-1}" = 1 ] && "$python" -c "$fits" "$(pin firedrake)" "$(pin petsc)" 2>/dev/null; then
  own=0; native_python=$python
else
  # The recipe asks gcc where libraries are: without it the key would be another one than the next time.
  command -v gcc >/dev/null || need_debian "${debian[@]}"
  recipe=$({ section native; petsc_options; } | key)
  native_key=$({ section native; petsc_options 2>/dev/null || true; "$python" -c 'import sys; print(sys.base_prefix, sys.version_info[:2])'; } | key)
  native=$home/native-$native_key
  if [ ! -e "$native/stamps/tested-$native_key" ]; then
    need_debian "${debian[@]}"
    section native >"$home/native.txt"
    if [ -n "${TRONA_WHEELHOUSE:-}" ] && [ ! -e "$native/stamps/base-$native_key" ]; then
      if archive=$("$python" "$here/wheelhouse.py" fits "$TRONA_WHEELHOUSE" "$recipe"); then
        step "$native/stamps/unpacked-$native_key" "PETSc and Firedrake from $archive" \
          "is $TRONA_WHEELHOUSE whole? is the disk full? 'unset TRONA_WHEELHOUSE' builds them here" take_native
      else
        say "TRONA_WHEELHOUSE: $archive"
      fi
    fi
    if [ ! -e "$native/stamps/unpacked-$native_key" ]; then
      say "building PETSc $(pin petsc) and Firedrake $(pin firedrake) for Python $version, once: about 15 minutes"
      step "$native/stamps/base-$native_key" "1/4 environment in $native" "is the disk full? is a package index reachable?" make_native
      step "$native/stamps/petsc-$native_key" "2/4 PETSc (about 8 minutes)" "the log's last lines name what configure missed; 'rm -r $native' starts afresh" make_petsc
      step "$native/stamps/petsc4py-$native_key" "3/4 petsc4py (about 3 minutes)" "'rm -r $native' starts afresh" make_petsc4py
      step "$native/stamps/firedrake-$native_key" "4/4 Firedrake (about 3 minutes)" "'rm -r $native' starts afresh" make_firedrake
    fi
    step "$native/stamps/tested-$native_key" "a first solve on two processes" "does 'mpiexec -n 2 true' work here?" test_native
  fi
  native_python=$native/bin/python
fi

# ---------------------------------------------------------------- python: the wheels
python_key=$({ cat "$here/constraints.txt"; echo "$native_python"; } | key)
layer=$home/python-$python_key
make_layer() {
  rm -rf "$layer"; over "$layer" "$(site "$native_python")"
  section python >"$layer/requirements.txt"
  "$layer/bin/python" -m pip install --no-compile -c "$here/constraints.txt" -r "$layer/requirements.txt"
  # pip compiles on one core, and the packages' own tests too, which takes as long as all the rest
  "$layer/bin/python" -m compileall -q -j 0 -x /tests/ "$(site "$layer/bin/python")" || :
}
step "$layer/stamps/python-$python_key" "Python packages" "is a package index reachable? is the disk full?" make_layer

# ---------------------------------------------------------------- checkout: trona itself
checkout_key=$(echo "$here $python_key" | key)
checkout=$home/checkout-$checkout_key
checkout_of() {  # the checkout that the 'trona' of an environment runs, else the file itself
  local env=${1%/bin/trona} url
  url=$(sed -n 's|.*"url": *"file://\([^"]*\)".*|\1|p' "$env"/lib/python*/site-packages/trona-*.dist-info/direct_url.json 2>/dev/null)
  [ -n "$url" ] && printf '%b\n' "${url//%/\\x}" || echo "${1:-$HOME/.local/bin/trona}"
}
make_checkout() {
  rm -rf "$checkout"; over "$checkout" "$(site "$layer/bin/python")" "$(site "$native_python")"
  "$checkout/bin/python" -m pip install --no-deps --no-build-isolation --no-index -e "$here"
}
if [ -e "$here/pyproject.toml" ]; then
  stamp=$checkout/stamps/trona-$(key <"$here/pyproject.toml") new=0
  [ -e "$stamp" ] || new=1
  step "$stamp" "trona from $here" \
    "'rm -r $checkout' starts afresh" make_checkout
  link=$HOME/.local/bin/trona mine=$checkout/bin/trona
  if [ -e "$mine" ] && [ -n "$HOME" ] && [ "$(readlink "$link" 2>/dev/null)" != "$mine" ]; then
    before=$(readlink "$link" 2>/dev/null) || before=""
    other=""; [ ! -e "$link" ] || other=$(checkout_of "$before")
    if [ -n "$other" ] && [ "$other" != "$here" ] && [ -e "$other" ]; then
      if [ $new = 1 ]; then
        say "'trona' stays the one of $other; this one is $mine"
        say "  to call this one by name: ln -sfn $mine $link"
      fi
    elif mkdir -p "$HOME/.local/bin" && ln -sfn "$mine" "$link"; then
      [ -z "$before" ] || [ "$other" = "$here" ] || say "'trona' was $before of ${other:-an environment}, which is gone; it is now the one of $here"
      case ":$PATH:" in *":$HOME/.local/bin:"*) ;; *) say "add $HOME/.local/bin to your PATH to call 'trona' by name";; esac
    else
      say "cannot link $link; call $mine"
    fi
  fi
fi
if [ "$want" = wheelhouse ]; then
  [ -n "${2:-}" ] || die "wheelhouse: into which folder?"
  [ $own = 1 ] || die "wheelhouse: the Firedrake in use was not built by this set-up; TRONA_NATIVE=0 builds one"
  say "packing $native into $2"
  "$python" "$here/wheelhouse.py" pack "$2" "$native" "$recipe"
fi
[ "$want" = browser ] && get_browser
[ "$want" = python ] && echo "$checkout/bin/python"
exit 0
