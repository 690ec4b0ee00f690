import "./rolldown-runtime.js";
import { Pr as refusal, a as shownFlags, hr as flag, n as describe, r as leadingWords, wr as quoted } from "./start.js";
// src/faces/terminal/completed-command.ts
const ENVIRONMENTS = "'/^environments:/ { on = 1; next } on && /^[^ \\t#\\r]/ { exit } on && match($0, /^ +[A-Za-z0-9_.-]+:/) { match($0, /^ +/); if (!depth) depth = RLENGTH; if (RLENGTH == depth) { name = $1; sub(/:.*/, \"\", name); print name } }'";
// src/faces/terminal/completion-bash.ts
function bashCompletion(commands) {
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
${names.filter((name) => name.includes(" ")).map((name) => `      "${name}") command="${name}" ;;`).join("\n")}
    esac
  fi
  case "$command" in
    completion) [ "$COMP_CWORD" -eq 2 ] && flags="bash zsh fish" ;;
${commands.map((one) => ofCommand$2(one, names)).join("\n")}
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
function ofCommand$2({ name, words, flags }, names) {
	const dashed = flags.map((one) => `--${one.name}`);
	const valued = flags.filter(({ offered }) => offered !== "nothing").map((one) => `--${one.name}`);
	const second = [...words, ...names.filter((one) => one.startsWith(`${name} `)).map((one) => one.slice(name.length + 1))];
	return `    "${name}") ${second.length === 0 ? "" : `second="${second.join(" ")}"; `}flags="${dashed.join(" ")}"; valued=" ${valued.join(" ")} " ;;`;
}
function choicesOf({ name, flags }) {
	return flags.flatMap(({ name: one, offered }) => typeof offered === "string" ? [] : [`        "${name} --${one}") values="${offered.join(" ")}" ;;`]);
}
// src/faces/terminal/completion-fish.ts
function fishCompletion(commands) {
	const long = commands.filter(({ name }) => name.includes(" "));
	return `# Completes savepoint in fish. Made by: savepoint completion fish
function __savepoint_environments
  test -r savepoint.yml; and awk ${ENVIRONMENTS} savepoint.yml
end
# The command that stands there before the cursor.
function __savepoint_command
  set -l words (commandline -opc)
  set -e words[1]
  switch "$words[1] $words[2]"
${long.map(({ name }) => `    case '${name}'\n      echo '${name}'`).join("\n")}
    case '*'
      echo "$words[1]"
  end
end
function __savepoint_in
  test (__savepoint_command) = "$argv[1]"
end
function __savepoint_second
  set -l words (commandline -opc)
  test (count $words) -eq 2; and test "$words[2]" = "$argv[1]"
end
function __savepoint_first
  test (count (commandline -opc)) -eq 1
end
complete -c savepoint -f
complete -c savepoint -n __savepoint_first -a completion -d 'Print the script that completes savepoint in a shell'
complete -c savepoint -n __savepoint_first -a help -d 'Show what there is'
complete -c savepoint -n __savepoint_first -l version -d 'Print the version'
complete -c savepoint -n '__savepoint_second completion' -a 'bash zsh fish'
${commands.flatMap((one) => ofCommand$1(one)).join("\n")}
`;
}
function ofCommand$1({ name, about, words, flags }) {
	const [first = "", ...second] = name.split(" ");
	return [
		`complete -c savepoint -n ${second.length === 0 ? "__savepoint_first" : `'__savepoint_second ${first}'`} -a ${second[0] ?? first} -d '${about}'`,
		...words.length === 0 ? [] : [`complete -c savepoint -n '__savepoint_second ${name}' -a '${words.join(" ")}'`],
		...flags.map((one) => `complete -c savepoint -n "__savepoint_in '${name}'" -l ${one.name}${wanted(one.offered)} -d '${one.about}'`)
	];
}
function wanted(offered) {
	if (offered === "nothing") return "";
	if (offered === "anything") return " -r -F";
	return ` -x -a '${offered === "environments" ? "(__savepoint_environments)" : offered.join(" ")}'`;
}
// src/faces/terminal/completion-zsh.ts
function zshCompletion(commands) {
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
function secondWords({ name, words }, long) {
	const longer = long.filter((one) => one.name.startsWith(`${name} `)).map((one) => `'${one.name.slice(name.length + 1)}:${one.about}'`);
	const all = [...words.map((word) => `'${word}'`), ...longer];
	return all.length === 0 ? [] : [`      '${name}') commands=(${all.join(" ")}); _describe -t commands 'savepoint ${name}' commands ;;`];
}
function ofCommand({ name, flags }) {
	return `    '${name}') _arguments ${flags.map(({ name: one, about, offered }) => {
		if (offered === "nothing") return `'--${one}[${about}]'`;
		return `'--${one}=[${about}]:${one}:${action(offered)}'`;
	}).join(" ")} ;;`;
}
function action(offered) {
	if (offered === "environments") return "_savepoint_environments";
	return offered === "anything" ? "_files" : `(${offered.join(" ")})`;
}
// src/faces/terminal/completion.ts
const SHELLS = {
	bash: bashCompletion,
	zsh: zshCompletion,
	fish: fishCompletion
};
const EVERYWHERE = [
	["json", "Print the result as JSON"],
	["quiet", "Print the result, failures and warnings only"],
	["verbose", "Print every detail"],
	["help", "Show the flags"]
];
const LONGEST_ABOUT = 72;
function completion(words, operations) {
	const [shell = "", ...more] = words;
	if (!isShell(shell) || more.length > 0) {
		const wrong = shell === "" ? "no shell is named" : `${quoted(words.join(" "))} is none`;
		throw refusal(`\`completion\` needs one shell, and ${wrong}.`, {
			code: "usage",
			hint: `Give one of ${Object.keys(SHELLS).join(", ")}.`
		});
	}
	return SHELLS[shell](operations.map((one) => completed(one)));
}
function isShell(word) {
	return Object.hasOwn(SHELLS, word);
}
function completed(operation) {
	const own = shownFlags(operation).filter(({ spec }) => !spec.secret || spec.plainWhen !== void 0).map((one) => ({
		name: one.name,
		about: short(describe(one)),
		offered: offeredFor(one)
	}));
	const everywhere = EVERYWHERE.map(([name, about]) => ({
		name,
		about,
		offered: "nothing"
	}));
	return {
		name: operation.name,
		about: short(operation.description),
		words: leadingWords(operation),
		flags: [...own, ...everywhere]
	};
}
function offeredFor({ name, spec }) {
	if (spec.kind === flag) return "nothing";
	return name === "environment" ? "environments" : spec.kind.choices ?? "anything";
}
function short(description) {
	const [first = ""] = description.split(/(?<=[^.])[.:](?:\s|$)/, 1);
	const plain = first.replaceAll(/[^\p{L}\p{N} _,./()-]/gu, "").trim();
	return plain.length <= LONGEST_ABOUT ? plain : `${plain.slice(0, 69).trimEnd()}...`;
}
export { completion };
