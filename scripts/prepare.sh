# Sourced by the commands beside it: makes sure that Node, the dependencies and the compiled program are there.
# POSIX enough for the bash 3.2 of macOS. Says one line when it has something to do, and nothing when it has not.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bin="$root/node_modules/.bin"

say() { printf '%s\n' "$*" >&2; }

require_node() {
  if ! command -v node >/dev/null 2>&1; then
    say 'Haven Gateway needs Node.js 20.19 or later, and there is no `node` on this machine. See https://nodejs.org.'
    exit 78
  fi
  if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    say "Haven Gateway needs Node.js 20.19 or later; this is $(node --version)."
    exit 78
  fi
}

# One process at a time installs or builds; a lock left by a killed one is ignored after five minutes.
locked() {
  lock="$root/.prepare-lock"
  waited=0
  until mkdir "$lock" 2>/dev/null; do
    if [ -n "$(find "$lock" -maxdepth 0 -mmin +5 2>/dev/null)" ]; then rmdir "$lock" 2>/dev/null; continue; fi
    waited=$((waited + 1))
    if [ "$waited" -gt 600 ]; then say "Another process holds $lock; remove it when there is none."; exit 69; fi
    sleep 0.5
  done
  trap 'rmdir "$lock" 2>/dev/null' EXIT
  status=0
  "$@" || status=$?
  rmdir "$lock" 2>/dev/null
  trap - EXIT
  [ "$status" -eq 0 ] || exit "$status"
}

# Compared by content: a checkout touches the lock file without changing it.
lock_sum() { cksum < "$root/package-lock.json"; }
lock_stamp="$root/node_modules/.installed-from"

dependencies_present() {
  [ -f "$root/node_modules/.package-lock.json" ] || return 1
  if [ -f "$lock_stamp" ]; then [ "$(cat "$lock_stamp")" = "$(lock_sum)" ]; return; fi
  [ ! "$root/package-lock.json" -nt "$root/node_modules/.package-lock.json" ]
}

install_dependencies() {
  dependencies_present && return
  say 'Installing dependencies (first use, or they changed) …'
  # No package of ours needs an install script, so none is run.
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 </dev/null) || {
    say 'The dependencies could not be installed; npm says why above.'
    return 69
  }
  lock_sum > "$lock_stamp"
}

build_is_current() {
  [ -f "$root/dist/.built" ] || return 1
  [ -z "$(find "$root/src" "$root/scripts" "$root/tsconfig.json" \( -name '*.ts' -o -name tsconfig.json \) -newer "$root/dist/.built" -print 2>/dev/null | head -n 1)" ]
}

compile() {
  mkdir -p "$root/dist"
  # The stamp is from before the compilation: what changes during it is compiled next time.
  touch "$root/dist/.building"
  (cd "$root" && "$bin/tsc" -p . </dev/null) && mv "$root/dist/.building" "$root/dist/.built"
}

build() {
  build_is_current && return
  say 'Building …'
  compile >&2 && return
  say 'The program does not compile; the errors are above.'
  return 70
}

prepare() {
  require_node
  dependencies_present || locked install_dependencies
  build_is_current || locked build
}
