# Ends a throwaway engine when whoever started it says so or is gone: waits for the end of its input. Runs as root.
# ENGINE_FOLDER: all that the engine has on disk. ENGINE_BRIDGE: its bridge. ENGINE_PID: the process that was started first.
cat >/dev/null
docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null 2>&1
docker network ls --quiet --filter type=custom | xargs -r docker network rm >/dev/null 2>&1
# It may have been started anew since.
pid=$(cat "$ENGINE_FOLDER/pid" 2>/dev/null || printf '%s' "$ENGINE_PID")
kill "$pid"
while grep -q '^State:.[^Z]' "/proc/$pid/status" 2>/dev/null; do sleep 0.1; done
# The innermost first.
awk -v folder="$ENGINE_FOLDER/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount --lazy
ip link delete "$ENGINE_BRIDGE"
rm -rf "$ENGINE_FOLDER"
