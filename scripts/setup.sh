#!/bin/sh
# Installs the named tools that are missing, through the package manager of this machine, and says what it runs.
#   sh scripts/setup.sh tmux git redis-server ps
# Exit 0: all are there. Exit 5: one is missing and cannot be installed from here; the command to type is printed.
set -u

say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# A tool installed by nix in this very run is not on the caller's PATH yet.
extra=${SETUP_EXTRA_PATH-"${HOME:-/root}/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/opt/homebrew/bin:/usr/local/bin"}
PATH="$PATH${extra:+:$extra}"
export PATH

missing=''
for tool in "$@"; do
  have "$tool" || missing="$missing $tool"
done
[ -z "$missing" ] && exit 0
say "missing:$missing"

# package_of MANAGER TOOL: what the manager calls the package with the tool.
package_of() {
  case "$1:$2" in
    apt-get:nix-instantiate) echo nix-bin ;;
    apt-get:redis-server) echo redis-server ;;
    apt-get:faketime) echo faketime ;;
    *:faketime) echo libfaketime ;;
    dnf:ps | pacman:ps) echo procps-ng ;;
    *:ps) echo procps ;;
    *:redis-server) echo redis ;;
    *:nix-instantiate) echo nix ;;
    *) echo "$2" ;;
  esac
}

manager=''
managers='apt-get dnf pacman apk brew nix'
[ "$(uname -s)" = Darwin ] && managers='brew nix'
for candidate in $managers; do
  if have "$candidate"; then manager=$candidate; break; fi
done
if [ -z "$manager" ]; then
  say "no package manager that this script knows (apt-get, brew, dnf, pacman, apk, nix). Install them by hand:"
  say "  https://github.com/tmux/tmux/wiki/Installing  https://git-scm.com/downloads  https://redis.io/downloads"
  say "With Homebrew, for example, type:  brew install$missing"
  exit 5
fi

packages=''
for tool in $missing; do
  packages="$packages $(package_of "$manager" "$tool")"
done
packages=${packages# }

case "$manager" in
  apt-get) install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages" ;;
  dnf) install="dnf install -y $packages" ;;
  pacman) install="pacman -Sy --noconfirm --needed $packages" ;;
  apk) install="apk add $packages" ;;
  brew) install="brew install $packages" ;;
  nix)
    install="nix --extra-experimental-features 'nix-command flakes' profile install"
    for package in $packages; do install="$install nixpkgs#$package"; done
    ;;
esac

# Who may run it: the system's managers want root.
by=''
if [ "$manager" != brew ] && [ "$manager" != nix ] && [ "$(id -u)" -ne 0 ]; then
  if ! have sudo; then
    say "installing needs root, and there is no sudo here. As root, type:"
    say "  $install"
    exit 5
  fi
  # Without a terminal nobody can type a password: fail at once instead of waiting for one.
  if [ -t 0 ]; then by='sudo '; else by='sudo -n '; fi
fi

cannot() {
  say "that did not work. Type, and see what it says:"
  say "  $by$install"
  exit 5
}

run() {
  say "running: $*"
  if [ -t 0 ]; then sh -c "$*" >&2; else sh -c "$*" >&2 </dev/null; fi
}

if [ "$manager" = apt-get ]; then
  # A fresh container has no package lists.
  for package in $packages; do
    apt-cache show "$package" >/dev/null 2>&1 || { run "${by}apt-get update" || cannot; break; }
  done
  # Lists that are too old name packages that are gone.
  run "$by$install" || { run "${by}apt-get update" && run "$by$install"; } || cannot
else
  run "$by$install" || cannot
fi

for tool in $missing; do
  if ! have "$tool"; then
    say "$tool is still not on the PATH after: $by$install"
    exit 5
  fi
done
say "installed:$missing"
