# Minimal Debian systems in folders, for tests of what a machine needs; sourced by scripts. Needs root, debootstrap and unshare.
#   DEBIAN_MIRROR   where Debian's packages come from
debian_mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

# What a program needs to know of the network that it is in, and nothing else of this machine.
debian_network=()
while IFS= read -r name; do
  debian_network+=("$name=${!name}")
done < <(compgen -e | grep -iE '^(https?|no|all)_proxy$|^(PIP|NPM_CONFIG)_(CERT|CAFILE|INDEX_URL|DEFAULT_TIMEOUT|REGISTRY)$' || true)

# Makes a system of the suite in the folder, with these packages (separated by commas). The folder's neighbour `packages` keeps
# what was downloaded.
make_root() { # suite, folder, packages
  rm -rf --one-file-system "$2"
  mkdir -p "$2" "$(dirname "$2")/packages"
  debootstrap --variant=minbase --cache-dir="$(dirname "$2")/packages" --include="ca-certificates${3:+,$3}" "$1" "$2" "$debian_mirror"
  cp /etc/resolv.conf /etc/hosts "$2/etc/"
  # The network may have certificate authorities of its own. Java is told of them when it is installed.
  if [ -d /usr/local/share/ca-certificates ]; then
    mkdir -p "$2/usr/local/share/ca-certificates"
    cp -r /usr/local/share/ca-certificates/. "$2/usr/local/share/ca-certificates/"
    chroot "$2" update-ca-certificates
  fi
}

# Runs a shell command in the system. Its mounts live in a namespace of their own and end with the command, and so do the processes
# that the command leaves behind.
in_root() { # folder, command
  unshare --mount --pid --fork --kill-child -- bash -eu -c '
    mount --make-rprivate /
    mount -t proc proc "$1/proc"
    mount --rbind /sys "$1/sys"
    mount --rbind /dev "$1/dev"
    exec chroot "$1" /usr/bin/env -i "${@:3}" /bin/sh -c "$2"' - "$1" "$2" \
    HOME=/root LANG=C.UTF-8 PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${debian_network[@]+"${debian_network[@]}"} </dev/null
}
