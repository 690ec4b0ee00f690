import { g as refusal } from "./secret.js";
import { y as lastLines } from "./lane.js";
// src/machine/git/fresh-clone.ts
const LOOK = `
[ -e "$1" ] || { echo fresh; exit; }
[ -d "$1" ] && cd -- "$1" || exit 0
for one in * .[!.]* ..?*; do
  case $one in .env|.env.*) continue ;; esac
  if [ -e "$one" ] || [ -L "$one" ]; then exit 0; fi
done
echo fresh
`;
async function isFresh(machine, directory) {
	return (await machine.run({
		words: [
			"sh",
			"-c",
			LOOK,
			"sh",
			directory
		],
		repeatable: true
	})).stdout.trim() === "fresh";
}
async function makeClone(machine, directory) {
	const words = [
		"sh",
		"-c",
		"mkdir -p -- \"$1\" && git init --quiet -- \"$1\"",
		"sh",
		directory
	];
	const finished = await machine.run({
		words,
		env: { LC_ALL: "C" }
	});
	if (finished.code === 0) return;
	throw refusal(`\`app-dir\` ${directory} cannot be made on ${machine.name}.`, {
		code: "unwritable",
		evidence: lastLines(finished),
		hint: `${machine.login} needs git there, and a folder of its own: as root, mkdir ${directory} && chown ${machine.login.split("@")[0]} ${directory}`
	});
}
export { makeClone as n, isFresh as t };
