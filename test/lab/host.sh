# The first process of a test host: puts its view of the machine together, says "ready", and reaps what is orphaned.
# It runs as root in namespaces of its own (mounts, processes, name, network). HOST_FOLDER: what the host has of its own,
# at the same path outside. HOST_HIDDEN: folders that it must not see, one a line. HOST_TOOLS: 1 keeps PostgreSQL's tools.
set -eu
mount --make-rprivate /
cd /
hostname "$HOST_NAME"

# Its users are its own.
mount --bind "$HOST_FOLDER/etc" /etc

# The engine is shared: its socket stands where it always stands, its client among the host's own programs.
touch "$HOST_FOLDER/engine.sock"
mount --bind "$HOST_SOCKET" "$HOST_FOLDER/engine.sock"
mount --bind "$HOST_CLIENT" "$HOST_FOLDER/$HOST_CLIENT_IN"
printf '%s\n' "$HOST_PLUGINS" | while IFS= read -r plugin; do
  mount --bind "$plugin" "$HOST_FOLDER/home/.docker/cli-plugins/${plugin##*/}"
  # Compose is also a program of its own.
  [ "${plugin##*/}" != docker-compose ] || mount --bind "$plugin" "$HOST_FOLDER/toolbox/bin/docker-compose"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
touch /run/docker.sock
mount --bind "$HOST_FOLDER/engine.sock" /run/docker.sock

printf '%s\n' "$HOST_HIDDEN" | while IFS= read -r folder; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
[ "$HOST_TOOLS" = 1 ] || [ ! -d /usr/lib/postgresql ] || mount -t tmpfs tmpfs /usr/lib/postgresql

echo ready
# Until whoever started it closes this, or is gone.
cat >/dev/null
