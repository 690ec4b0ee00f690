// src/core/input.ts
function input(kind, about) {
	return {
		description: about.description,
		kind,
		fallback: about.default,
		secret: about.secret ?? false,
		plainWhen: about.plainWhen,
		perRun: about.perRun ?? false
	};
}
function externalName(section, name, own) {
	return section === "" || section === own ? name : `${section}-${name}`;
}
function variableName(section, name) {
	return (section === "" ? ["savepoint", name] : [
		"savepoint",
		section,
		name
	]).join("_").toUpperCase().replaceAll("-", "_");
}
// src/core/nearest.ts
function nearest(word, known) {
	const candidates = [...known];
	return misspelt(word, candidates) ?? elsewhere(word, candidates);
}
function misspelt(word, known) {
	let best;
	for (const candidate of known) {
		const distance = editDistance(plain(word), plain(candidate));
		if (best === void 0 || distance < best.distance) best = {
			word: candidate,
			distance
		};
	}
	return best !== void 0 && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.word : void 0;
}
function elsewhere(word, known) {
	const dashed = (name) => `-${name.toLowerCase().replaceAll(/[_ ]/g, "-")}`;
	return known.filter((one) => dashed(one).endsWith(dashed(word)) || dashed(word).endsWith(dashed(one))).toSorted((a, b) => a.length - b.length)[0];
}
function plain(word) {
	return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}
function editDistance(a, b) {
	let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let row = 1; row <= a.length; row += 1) {
		const current = [row];
		for (let column = 1; column <= b.length; column += 1) {
			const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
			current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
		}
		previous = current;
	}
	return previous[b.length] ?? 0;
}
export { variableName as a, input as i, nearest as n, externalName as r, misspelt as t };
