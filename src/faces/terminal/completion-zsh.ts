import { type CompletedCommand, ENVIRONMENTS, type Offered } from "./completed-command.ts";

/** For zsh: as the file _savepoint in a folder of fpath, or by source once compinit has run. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const single = commands.filter(({ name }) => !name.includes(" "));
  const long = commands.filter(({ name }) => name.includes(" "));
  return `#compdef savepoint
# Completes savepoint in zsh. Made by: savepoint completion zsh
_savepoint_environments() {
  [[ -r savepoint.yml ]] && compadd -- \${(f)"$(awk ${ENVIRONMENTS} savepoint.yml)"}
}
_savepoint() {
  local -a commands
  local command="$words[2]" curcontext="$curcontext" state line
  typeset -A opt_args
  if (( CURRENT == 2 )); then
    commands=(
${single.map(({ name, about }) => `      '${name}:${about}'`).join("\n")}
      'completion:Print the script that completes savepoint in a shell'
      'help:Show what there is'
      '--version:Print the version'
    )
    _describe -t commands 'savepoint command' commands
    return
  fi
  shift words
  (( CURRENT -= 1 ))
  if (( CURRENT > 2 )); then
    case "$command $words[2]" in
${long.map(({ name }) => `      '${name}') command='${name}'; shift words; (( CURRENT -= 1 )) ;;`).join("\n")}
    esac
  elif [[ "$words[2]" != -* ]]; then
    case "$command" in
${single.flatMap((one) => secondWords(one, long)).join("\n")}
    esac
  fi
  case "$command" in
    completion) _arguments ':shell:(bash zsh fish)' ;;
${commands.map((one) => ofCommand(one)).join("\n")}
  esac
}
if [ "$funcstack[1]" = "_savepoint" ]; then _savepoint "$@"; else compdef _savepoint savepoint; fi
`;
}

function secondWords({ name, words }: CompletedCommand, long: readonly CompletedCommand[]): readonly string[] {
  const longer = long.filter((one) => one.name.startsWith(`${name} `)).map((one) => `'${one.name.slice(name.length + 1)}:${one.about}'`);
  const all = [...words.map((word) => `'${word}'`), ...longer];
  return all.length === 0 ? [] : [`      '${name}') commands=(${all.join(" ")}); _describe -t commands 'savepoint ${name}' commands ;;`];
}

function ofCommand({ name, flags }: CompletedCommand): string {
  const specs = flags.map(({ name: one, about, offered }) => {
    if (offered === "nothing") return `'--${one}[${about}]'`;
    return `'--${one}=[${about}]:${one}:${action(offered)}'`;
  });
  return `    '${name}') _arguments ${specs.join(" ")} ;;`;
}

function action(offered: Exclude<Offered, "nothing">): string {
  if (offered === "environments") return "_savepoint_environments";
  return offered === "anything" ? "_files" : `(${offered.join(" ")})`;
}
