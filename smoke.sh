#!/bin/sh
# Shows that the program works on this machine: installs what is missing, builds, and runs the fleet of
# agents.example.toml in a sandbox of its own, step by step. Needs Node >= 20.19 and npm, and no AI account.
#   ./smoke.sh
# Exit 0: everything was seen. 1: something was not. 5: a tool is missing and cannot be installed from here.
# Nothing of it stays: the sandbox is a temporary folder with a tmux server, a git repository and a HOME of its own.
set -u
cd "$(dirname "$0")" || exit 1

say() { printf 'smoke: %s\n' "$*"; }

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  say 'node and npm are needed, Node 20.19 or newer: https://nodejs.org/en/download'
  say 'With Homebrew, type:  brew install node     With nix, type:  nix develop'
  exit 5
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
  say "Node $(node --version) is too old, 20.19 or newer is needed: https://nodejs.org/en/download"
  exit 5
fi
say "node $(node --version), npm $(npm --version)"

sh scripts/setup.sh tmux git || exit $?
PATH="$PATH:${HOME:-/root}/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/opt/homebrew/bin:/usr/local/bin"
export PATH
say "$(tmux -V), $(git --version)"

quietly() {
  say "running: $*"
  log=$("$@" 2>&1 </dev/null) && return 0
  printf '%s\n' "$log" | tail -n 40
  say "failed: $*"
  exit 1
}
quietly npm ci --ignore-scripts --no-audit --no-fund
quietly npm run build

# Short: the path of a tmux socket has a limit near 100 bytes.
sandbox=$(mktemp -d /tmp/agents-smoke.XXXXXX) || exit 1
cleanup() {
  trap - EXIT
  node scripts/smoke.mjs --clean "$sandbox" >/dev/null 2>&1 </dev/null
  rm -rf "$sandbox"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

node scripts/smoke.mjs "$sandbox" </dev/null
result=$?
cleanup
if [ -e "$sandbox" ]; then
  say "the sandbox $sandbox could not be removed"
  exit 1
fi
exit "$result"
