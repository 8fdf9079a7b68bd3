#!/usr/bin/env bash
# Makes what docker/compose.yaml reads and nobody should share: secrets in docker/secrets, and a certificate for this machine in
# docker/certs, signed by itself until you put a real one there. What is there already is kept. Needs openssl.
#   docker/prepare.sh [mock.example.test] [ui.example.test]
set -euo pipefail
cd "$(dirname "$0")"
mock_host=${1:-mock.example.test}
ui_host=${2:-ui.example.test}

mkdir -p secrets certs
chmod 755 secrets certs

secret() {
  [ -s "secrets/$1" ] && return
  printf '%s' "$2" >"secrets/$1"
  # Containers read it as a user of their own; on this machine the folder's owner alone may write.
  chmod 644 "secrets/$1"
  echo "made secrets/$1"
}

word() { openssl rand -hex 24; }

secret postgres-password "$(word)"
secret redis-password "$(word)"
secret jwt-secret "$(openssl rand -base64 48 | tr -d '\n')"
secret admin-password "$(word)"
secret database-url "postgresql://mock:$(cat secrets/postgres-password)@postgres:5432/mock"

if [ ! -s certs/tls.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 397 -subj "/CN=$mock_host" \
    -addext "subjectAltName=DNS:$mock_host,DNS:*.$mock_host,DNS:$ui_host,DNS:localhost" \
    -keyout certs/tls.key -out certs/tls.crt 2>/dev/null
  chmod 644 certs/tls.key
  echo "made certs/tls.crt for $mock_host, *.$mock_host and $ui_host"
fi
