import { type CompletedCommand, ENVIRONMENTS, type Offered } from "./completed-command.ts";

/** For fish 3 and newer. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
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
${commands.flatMap((one) => ofCommand(one)).join("\n")}
`;
}

function ofCommand({ name, about, words, flags }: CompletedCommand): readonly string[] {
  const [first = "", ...second] = name.split(" ");
  const at = second.length === 0 ? "__savepoint_first" : `'__savepoint_second ${first}'`;
  return [
    `complete -c savepoint -n ${at} -a ${second[0] ?? first} -d '${about}'`,
    ...(words.length === 0 ? [] : [`complete -c savepoint -n '__savepoint_second ${name}' -a '${words.join(" ")}'`]),
    ...flags.map((one) => `complete -c savepoint -n "__savepoint_in '${name}'" -l ${one.name}${wanted(one.offered)} -d '${one.about}'`),
  ];
}

function wanted(offered: Offered): string {
  if (offered === "nothing") return "";
  if (offered === "anything") return " -r -F";
  return ` -x -a '${offered === "environments" ? "(__savepoint_environments)" : offered.join(" ")}'`;
}
