#!/usr/bin/env bash
# Installs what the demo's tests use if it is there: Chromium and its driver, Redis, NATS, nginx, Node.js with two packages.
# For Debian, and quiet if there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")"

PATH=$PATH:/usr/sbin
missing=()
while read -r program package; do
  command -v "$program" >/dev/null || missing+=("$package")
done <<'LIST'
chromium chromium
chromedriver chromium-driver
redis-server redis-server
nats-server nats-server
nginx nginx-light
node nodejs
npm npm
LIST

if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo "sudo -n")
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Only if what is installed is not what the lock file says.
cd tests/judges
if ! cmp -s package-lock.json node_modules/.demo-lock; then
  npm ci --silent --ignore-scripts --no-audit --no-fund
  cp package-lock.json node_modules/.demo-lock
fi
