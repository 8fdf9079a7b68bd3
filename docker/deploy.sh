#!/usr/bin/env bash
# Updates a machine that runs docker/compose.yaml to an image, and goes back to the one before when it does not become healthy.
#   docker/deploy.sh ghcr.io/mock-server/mock-server:sha-…        (the folder is MOCK_SERVER_DIR, /opt/mock-server if not set)
set -euo pipefail
image=${1:?the image to deploy}
cd "${MOCK_SERVER_DIR:-/opt/mock-server}"
compose() { docker compose -f docker/compose.yaml "$@"; }

before=$(sed -n 's/^MOCK_SERVER_IMAGE=//p' docker/.env 2>/dev/null || true)
use() {
  touch docker/.env
  sed -i '/^MOCK_SERVER_IMAGE=/d' docker/.env
  printf 'MOCK_SERVER_IMAGE=%s\n' "$1" >>docker/.env
}

use "$image"
compose pull mock-server
if compose up --detach --no-build --wait --wait-timeout 180; then
  echo "Runs $image."
  exit 0
fi
compose logs --tail 50 mock-server migrate
if [ -n "$before" ]; then
  use "$before"
  compose up --detach --no-build --wait --wait-timeout 180
  echo "Went back to $before."
fi
exit 1
