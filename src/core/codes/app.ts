import type { CodeTable } from "./row.ts";

/** Running the app: compose, commands, health. */
export const APP_CODES = {
  unhealthy: {
    happened: "The new version did not become healthy in time.",
    arises: "It crashed, listens on another port, misses a setting, or needs longer than `timeout`.",
    mend: "The app's last lines are shown. The rollback step takes code and database back; mend and deploy again.",
  },
  "health-settings": {
    happened: "The health check's settings do not fit together.",
    arises: "No check is given, or one that needs a setting that is missing.",
    mend: "All of them are named with what would be right.",
  },
  "command-failed": {
    happened: "A command of yours (start, stop, build, a hook) failed.",
    arises: "Its own error.",
    mend: "Its last lines and the file with all of them are named.",
  },
  "build-failed": {
    happened: "Building the image failed.",
    arises: "An error in the Dockerfile, or a registry that does not answer (`failed to solve`, `toomanyrequests`).",
    mend: "The build's last lines are shown. The running app was not touched.",
  },
  "pull-failed": {
    happened: "Pulling an image failed.",
    arises:
      "It is not there (`manifest unknown`), the host is not logged in (`denied`, `unauthorized`), or the limit of the registry is used up (`toomanyrequests`).",
    mend: "Try it on the host as the deploy's user: `docker pull IMAGE`; log in with `docker login`.",
  },
  "compose-config": {
    happened: "The compose file cannot be read.",
    arises: "A fault in its YAML, a missing variable, a missing `env_file`, or a file that is not there.",
    mend: "`docker compose config` in `app-dir` says the same, with the line.",
  },
  "no-compose-file": {
    happened: "The commit has no compose file at its top.",
    arises: "It lies in a folder, or has another name.",
    mend: "Name it in `compose-file`, by its path below `app-dir`. Where this is no compose project: `strategy: command`.",
  },
  "engine-failed": {
    happened: "Docker does not answer, or refuses.",
    arises:
      "It does not run (`Cannot connect to the Docker daemon`), or the user is not in its group (`permission denied while trying to connect`).",
    mend: "`sudo systemctl start docker`; `sudo usermod -aG docker USER`, and log in anew.",
  },
  "engine-answer": {
    happened: "What Docker answered is not what it should be.",
    arises: "A very old or a very new version, or a wrapper that prints more.",
    mend: "Check `docker version` and `docker compose version` on the host.",
  },
  "service-down": {
    happened: "A service did not come up, or did not stay up.",
    arises: "It ends by itself, its port is taken (`port is already allocated`), or it is killed for its memory (exit 137).",
    mend: "Its last lines are shown: most often they say why. A rollback replaces its container, and the log goes with it; `docker compose logs SERVICE` in `app-dir` then has the lines of the version gone back to.",
  },
  "service-stopped": {
    happened: "A service that is needed does not run.",
    arises: "It was never started, or ended.",
    mend: "The message has the command that starts it, in its folder on the host, and the one that shows what it says. A deploy never starts a database, so that it ends none.",
  },
  "service-ambiguous": {
    happened: "A service has several running containers where one is wanted.",
    arises: "It was scaled, or a container of an earlier run is still there.",
    mend: "Scale it to one: `docker compose up -d --scale SERVICE=1`.",
  },
  "unknown-service": {
    happened: "The compose project has no service of that name.",
    arises: "A slip, or a service that belongs to a profile.",
    mend: "`docker compose config --services` in `app-dir` lists them.",
  },
  "database-service": {
    happened: "A database is named among the services that a deploy would replace.",
    arises: "`services` lists all of them.",
    mend: "Leave the database out of `services`: a deploy never stops one.",
  },
  "other-folder": {
    happened: "A compose project of that name runs from another folder.",
    arises: "It was started elsewhere by hand, or `app-dir` has moved.",
    mend: "Stop it there once, or name that folder as `app-dir`.",
  },
  "other-name": {
    happened: "This commit would start the project under another name, beside the running one and on empty volumes.",
    arises: "The folder or `name:` in the compose file changed.",
    mend: "Keep the name: `name:` in the compose file, or `COMPOSE_PROJECT_NAME` in `.env`.",
  },
  "images-gone": {
    happened: "The images of the version to go back to are gone.",
    arises: "`docker system prune -a`, or an engine that was set up anew.",
    mend: "Say that they may be built once more, by the printed command.",
  },
} as const satisfies CodeTable;
