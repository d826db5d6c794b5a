#!/usr/bin/env bash
# Brings this checkout to where `loop` runs: the tools it needs from the system, then a virtual environment.
# Does nothing (in a few milliseconds) when that was done before with the same pyproject.toml and constraints.txt.
# Exit 3: this machine lacks something; the last lines say what to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VENV=${VENV:-.venv}
PYTHON=${PYTHON:-python3}
EXTRAS=${EXTRAS:-cpu,dev}
PIP_ARGS=${PIP_ARGS:-}
HEARTBEAT=${HEARTBEAT:-15} # seconds between two signs of life

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $1"
  say "  -> $2"
  exit 3
}

# --- tools that come from the system ------------------------------------------------------------------------------

# The command that installs packages here, without the packages' names; empty when the system is not a known one.
system_installer() {
  if command -v apt-get >/dev/null; then echo "apt-get install -y"
  elif command -v dnf >/dev/null; then echo "dnf install -y"
  elif command -v apk >/dev/null; then echo "apk add"
  elif command -v pacman >/dev/null; then echo "pacman -S --noconfirm --needed"
  elif command -v zypper >/dev/null; then echo "zypper --non-interactive install"
  fi
}

# need COMMAND PACKAGE WHY: installs PACKAGE when COMMAND is missing and this user may; otherwise says how.
need() {
  local tool=$1 package=$2 why=$3 installer root="" log
  command -v "$tool" >/dev/null && return 0
  installer=$(system_installer)
  [ -n "$installer" ] || fail "$tool is missing: $why" "install the package that brings '$tool', then run make again"
  if [ "$(id -u)" -ne 0 ]; then
    root="sudo "
    sudo -n true 2>/dev/null || fail "$tool is missing: $why" "run: sudo $installer $package"
  fi
  say "installing $package ($why)"
  log=$(mktemp)
  case "$installer" in apt-get*) ${root}apt-get update >"$log" 2>&1 || true ;; esac
  if ! ${root}env DEBIAN_FRONTEND=noninteractive $installer "$package" >>"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    fail "$package could not be installed" "run: ${root}$installer $package"
  fi
  rm -f "$log"
  command -v "$tool" >/dev/null || fail "$tool is still missing after installing $package" "install '$tool' by hand"
}

need gcc gcc "it compiles the programs that are graded"
need g++ g++ "it builds llama-cpp-python"
need git git "the registry of adapters is a git repository"
need bwrap bubblewrap "graded programs run inside its sandbox"

# --- the virtual environment --------------------------------------------------------------------------------------

stamp="$VENV/.installed"
key="$(cat pyproject.toml constraints.txt | sha256sum | cut -d' ' -f1) $EXTRAS $PWD"
[ -x "$VENV/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ] && exit 0

command -v "$PYTHON" >/dev/null || fail "no Python found (PYTHON=$PYTHON)" "install Python 3.11 or newer, or pass PYTHON=..."
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$PYTHON is $("$PYTHON" -V 2>&1), and 3.11 or newer is needed" "make PYTHON=python3.11"

if [ ! -x "$VENV/bin/python" ]; then
  say "making the virtual environment $VENV ($("$PYTHON" -V))"
  "$PYTHON" -m venv "$VENV" || fail "the virtual environment could not be made" "install the venv module of $PYTHON (on Debian: python3-venv)"
fi

# pip's own temporary files go beside its log, so that the sign of life can look at this build and at no other.
work="$VENV/.install"
log="$work/pip.log"
mkdir -p "$work/tmp"
: >"$log"

# What pip is at, read from its log: "building llama-cpp-python, file 37 of 140".
progress() {
  local wheel step line
  wheel=$(grep -oE 'Building (editable|wheel) for [A-Za-z0-9_.-]+' "$log" | tail -n 1 || true)
  step=$(grep -oE '^ *\[[0-9]+/[0-9]+\]' "$log" | tail -n 1 | tr -d ' []' || true)
  case "$wheel" in
    *llama*)
      if ! grep -q '^Installing collected packages' "$log"; then
        echo "building llama-cpp-python: C++ file ${step%%/*} of ${step##*/}"
        return
      fi
      ;;
  esac
  line=$(grep -E '^Installing collected packages' "$log" | tail -n 1 || true)
  if [ -n "$line" ]; then
    echo "putting $(tr -cd , <<<"$line" | wc -c) packages in place"
    return
  fi
  line=$(grep -E '^ *(Collecting|Downloading|Using cached|Running command)' "$log" | tail -n 1 || true)
  line="${line#"${line%%[![:space:]]*}"}"
  echo "${line:0:90}"
}

heartbeat() {
  local start=$SECONDS took
  while sleep "$HEARTBEAT"; do
    took=$((SECONDS - start))
    say "$(printf '  %2dm%02ds  %s' $((took / 60)) $((took % 60)) "$(progress)")"
  done
}

say "installing the dependencies into $VENV; llama-cpp-python is compiled, which takes 5 to 11 minutes on two cores"
heartbeat &
beat=$!
trap 'kill "$beat" 2>/dev/null || true' EXIT

# LLAVA_BUILD=OFF leaves out the image models. -v puts the compiler's steps into the log.
ok=1
# shellcheck disable=SC2086
CMAKE_ARGS="${CMAKE_ARGS:--DLLAVA_BUILD=OFF}" TMPDIR="$PWD/$work/tmp" PIP_DISABLE_PIP_VERSION_CHECK=1 \
  "$VENV/bin/python" -m pip install -v --progress-bar off $PIP_ARGS -c constraints.txt -e ".[$EXTRAS]" \
  >"$log" 2>&1 </dev/null || ok=0
rm -rf "$work/tmp"
if [ "$ok" = 0 ]; then
  grep -iE '^ *(error|fatal)|: error:|CMake Error|No matching distribution|No space left' "$log" | tail -n 12 >&2 || true
  fail "the installation failed; all of it is in $log" "mend the cause above and run make again (docs/operate.md: no network, no disk space, no compiler)"
fi
"$VENV/bin/python" -c 'import llama_cpp, loop, flows, evaluators' ||
  fail "installed, but llama_cpp or this project cannot be imported" "delete $VENV and run make again"
printf '%s\n' "$key" >"$stamp"
say "installed in $((SECONDS / 60))m$(printf %02d $((SECONDS % 60)))s"
