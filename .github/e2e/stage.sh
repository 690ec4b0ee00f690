#!/usr/bin/env bash
# Makes this runner a user's server, and their repository the workspace (.github/workflows/e2e.yml). `open`: sshd, an origin, a clone with
# its compose stack. `version NAME`: the next commit. `expect NAME`: that version answers, and no row is lost.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
base=${E2E_FOLDER:-$RUNNER_TEMP/e2e}
shop=$base/shop
port=${PORT:-3000}
login=$(id -un)@127.0.0.1:${SSH_PORT:-2222}

open() {
  mkdir -p "$base/home"
  ssh-keygen -q -t ed25519 -N '' -f "$base/key"
  ssh-keygen -q -t ed25519 -N '' -f "$base/host"
  printf '%s\n' "Port ${login##*:}" 'ListenAddress 127.0.0.1' "HostKey $base/host" "AuthorizedKeysFile $base/key.pub" 'StrictModes no' \
    'UsePAM no' "PidFile $base/sshd.pid" \
    "SetEnv HOME=$base/home PATH=$PATH${DOCKER_HOST:+ DOCKER_HOST=$DOCKER_HOST}${DOCKER_CONFIG:+ DOCKER_CONFIG=$DOCKER_CONFIG}" >"$base/sshd_config"
  "$(PATH=$PATH:/usr/sbin command -v sshd)" -f "$base/sshd_config" -E "$base/sshd.log"
  git init --quiet --bare --initial-branch=main "$base/origin.git"
  git init --quiet --initial-branch=main .
  git config user.name "A developer"
  git config user.email developer@shop.example
  echo /savepoint/ >>.git/info/exclude
  cp -R "$here/shop/." .
  printf '%s\n' 'app: shop' 'environments:' '  production:' "    host: $login" "    app-dir: $shop" \
    '    database-service: postgres' \
    "    health: { url: 'http://localhost:$port/health', expect-version: 'json:commit' }" >savepoint.yml
  git remote add origin "$base/origin.git"
  pushed "By hand"
  git clone --quiet "$base/origin.git" "$shop"
  printf '%s\n' DB_PASSWORD=secret-word "NODE_IMAGE=${NODE_IMAGE:-node:24-alpine}" "POSTGRES_IMAGE=${POSTGRES_IMAGE:-postgres:17-alpine}" \
    "PORT=$port" "COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-shop}" >"$shop/.env"
  (cd "$shop" && docker compose up --build --detach --wait)
  {
    echo "SSH_HOST=$login"
    echo "SSH_KEY=$base/key"
    echo "SSH_KNOWN_HOSTS=[127.0.0.1]:${login##*:} $(cut -d ' ' -f 1,2 "$base/host.pub")"
    echo "SAVEPOINT_SSH_KNOWN_HOSTS=[127.0.0.1]:${login##*:} $(cut -d " " -f 1,2 "$base/host.pub")"
    echo "APP_DIR=$shop"
    echo "HEALTH_URL=http://localhost:$port/health"
  } >>"$GITHUB_ENV"
}

version() {
  case $1 in
    second) printf -- '-- UP\nALTER TABLE notes ADD author text;\n' >migrations/002_authors.sql ;;
    third) echo "A page." >page.html ;;
    broken)
      printf -- '-- UP\nALTER TABLE notes RENAME TO scribbles;\n' >migrations/003_scribbles.sql
      echo "relation notes does not exist" >broken
      ;;
  esac
  pushed "$1"
  echo "COMMIT_${1^^}=$(git rev-parse HEAD)" >>"$GITHUB_ENV"
}

pushed() {
  git add --all
  git commit --quiet --message "$1"
  git push --quiet origin main
  git rev-parse HEAD >"$base/$1.commit"
  echo "SAVEPOINT_COMMIT=$(git rev-parse HEAD)" >>"$GITHUB_ENV"
}

sql() {
  (cd "$shop" && docker compose exec -T postgres psql -qXAt -v ON_ERROR_STOP=1 -U shop -c "$1")
}

expect() {
  commit=$(cat "$base/$1.commit")
  curl --fail --silent --show-error "http://localhost:$port/health" | tee /dev/stderr | grep -q "$commit"
  [ "$(git -C "$shop" rev-parse HEAD)" = "$commit" ]
  [ "$(git -C "$base/origin.git" rev-parse 'latest-stable^{commit}')" = "$commit" ]
  [ "$(sql 'SELECT count(*) FROM notes')" = "${2:-0}" ]
}

"$@"
