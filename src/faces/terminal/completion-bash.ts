import { type CompletedCommand, ENVIRONMENTS } from "./completed-command.ts";

/** For bash 3.2 and newer, with or without the package bash-completion. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name);
  return `# Completes savepoint in bash. Made by: savepoint completion bash
_savepoint_environments() { [ -r savepoint.yml ] && awk ${ENVIRONMENTS} savepoint.yml; }
_savepoint() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  local second="" flags="" valued=" " values=""
  COMPREPLY=()
  # To bash, --flag=value is three words.
  if [ "$word" = "=" ]; then word=""
  elif [ "$before" = "=" ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=( $(compgen -W "${[...new Set(names.map((name) => name.split(" ")[0]))].join(" ")} completion help --version" -- "$word") )
    return
  fi
  if [ "$COMP_CWORD" -gt 2 ]; then
    case "$command \${COMP_WORDS[2]}" in
${names
  .filter((name) => name.includes(" "))
  .map((name) => `      "${name}") command="${name}" ;;`)
  .join("\n")}
    esac
  fi
  case "$command" in
    completion) [ "$COMP_CWORD" -eq 2 ] && flags="bash zsh fish" ;;
${commands.map((one) => ofCommand(one, names)).join("\n")}
  esac
  case "$valued" in
    *" $before "*)
      case "$command $before" in
        *" --environment") values="$(_savepoint_environments)" ;;
${commands.flatMap((one) => choicesOf(one)).join("\n")}
        # Whatever bash itself offers: a file.
        *) return ;;
      esac
      COMPREPLY=( $(compgen -W "$values" -- "$word") )
      return ;;
  esac
  [ "$COMP_CWORD" -eq 2 ] && flags="$second $flags"
  COMPREPLY=( $(compgen -W "$flags" -- "$word") )
}
complete -o bashdefault -o default -F _savepoint savepoint
`;
}

function ofCommand({ name, words, flags }: CompletedCommand, names: readonly string[]): string {
  const dashed = flags.map((one) => `--${one.name}`);
  const valued = flags.filter(({ offered }) => offered !== "nothing").map((one) => `--${one.name}`);
  const second = [...words, ...names.filter((one) => one.startsWith(`${name} `)).map((one) => one.slice(name.length + 1))];
  const more = second.length === 0 ? "" : `second="${second.join(" ")}"; `;
  return `    "${name}") ${more}flags="${dashed.join(" ")}"; valued=" ${valued.join(" ")} " ;;`;
}

function choicesOf({ name, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap(({ name: one, offered }) =>
    typeof offered === "string" ? [] : [`        "${name} --${one}") values="${offered.join(" ")}" ;;`],
  );
}
