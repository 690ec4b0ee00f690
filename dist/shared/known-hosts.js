import { createHash, createHmac } from "node:crypto";
// src/machine/ssh/known-hosts.ts
const MARKERS = ["@revoked", "@cert-authority"];
const FINGERPRINT = /^(?:[\w-]+\s+)?(SHA256:[A-Za-z0-9+/]{43})=?(?=\s|$)/;
function parseKnownHosts(text) {
	const entries = [];
	const fingerprints = [];
	const problems = [];
	for (const [index, raw] of linesOf(text).entries()) {
		const line = raw.trim();
		if (line === "" || line.startsWith("#")) continue;
		const fingerprint = FINGERPRINT.exec(line)?.[1];
		if (fingerprint !== void 0) {
			fingerprints.push(fingerprint);
			continue;
		}
		const entry = parseEntry(line);
		if (typeof entry === "string") problems.push(`line ${index + 1}: ${entry}`);
		else entries.push(entry);
	}
	return {
		entries,
		fingerprints,
		problems
	};
}
function linesOf(text) {
	const given = text.replace(/^\u{feff}/u, "").trimEnd();
	return (/[\r\n]/.test(given) ? given : given.replaceAll(/(?:\\r)?\\n/g, "\n")).split(/\r?\n|\r/);
}
function parseEntry(line) {
	const fields = line.split(/[ \t]+/);
	const marker = MARKERS.find((one) => one === fields[0]) ?? "";
	if (marker !== "") fields.shift();
	const [hosts = "", type = "", encoded = ""] = fields;
	if (hosts.startsWith("@")) return `${hosts} is no marker (@revoked, @cert-authority)`;
	if (/^MD5:/i.test(hosts) || /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/i.test(hosts)) return "MD5 fingerprints are not accepted: give the SHA256 one (ssh-keygen -lf)";
	if (hosts.startsWith("SHA256:")) return "a SHA256 fingerprint has 43 characters behind the colon";
	if (keyTypeIn(Buffer.from(type, "base64")) === hosts) return "the host is missing before the key type";
	if (encoded === "") return "a line has three parts: host, key type, key";
	const key = wholeKey(encoded);
	if (key === void 0 || keyTypeIn(key) !== type) return `the key is not a whole ${type} key in base64`;
	return {
		marker,
		patterns: hosts.split(","),
		type,
		key
	};
}
function wholeKey(encoded) {
	const key = Buffer.from(encoded, "base64");
	if (key.toString("base64").replace(/=+$/, "") !== encoded.replace(/=+$/, "")) return void 0;
	let at = 0;
	while (at + 4 <= key.length) at += 4 + key.readUInt32BE(at);
	return at === key.length ? key : void 0;
}
function keyTypeIn(key) {
	if (key.length < 4) return void 0;
	const length = key.readUInt32BE(0);
	return length > 0 && length < 64 && key.length > 4 + length ? key.toString("latin1", 4, 4 + length) : void 0;
}
function fingerprintOf(key) {
	return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
function hostName(host, port) {
	return (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
}
function knownTypes(known, host, port) {
	const own = typesFor(known, hostName(host, port));
	return own.length > 0 ? own : typesFor(known, hostName(host, 22));
}
function typesFor(known, name) {
	return [...new Set(known.entries.filter((entry) => entry.marker === "" && matches(entry.patterns, name)).map((entry) => entry.type))];
}
function judgeHostKey(known, { host, port }, key) {
	const exact = judgeName(known.entries, hostName(host, port), key);
	const portless = port === 22 ? exact : judgeName(known.entries, hostName(host, 22), key);
	if (exact.state === "revoked" || portless.state === "revoked") return { state: "revoked" };
	if (exact.state === "known" || known.fingerprints.includes(fingerprintOf(key))) return { state: "known" };
	if (exact.state !== "unknown") return exact;
	if (portless.state === "known") return portless;
	return known.fingerprints.length > 0 ? { state: "changed" } : exact;
}
function judgeName(entries, name, key) {
	const about = entries.filter((entry) => matches(entry.patterns, name));
	if (about.some((entry) => entry.marker === "@revoked" && entry.key.equals(key))) return { state: "revoked" };
	const trusted = about.filter((entry) => entry.marker === "");
	if (trusted.some((entry) => entry.key.equals(key))) return { state: "known" };
	if (trusted.length === 0) return {
		state: "unknown",
		authority: about.some((entry) => entry.marker === "@cert-authority")
	};
	const type = keyTypeIn(key);
	if (trusted.some((entry) => entry.type === type)) return { state: "changed" };
	return {
		state: "other-type",
		types: [...new Set(trusted.map((entry) => entry.type))]
	};
}
function matches(patterns, name) {
	let found = false;
	for (const pattern of patterns) if (pattern.startsWith("|1|")) found ||= matchesHash(pattern, name);
	else if (pattern.startsWith("!")) {
		if (matchesGlob(pattern.slice(1), name)) return false;
	} else found ||= matchesGlob(pattern, name);
	return found;
}
function matchesHash(pattern, name) {
	const [, , salt = "", hash = ""] = pattern.split("|");
	return hash !== "" && createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}
function matchesGlob(pattern, name) {
	const source = pattern.toLowerCase().replaceAll(/[$()*+./?[\\\]^{|}]/g, (char) => char === "*" ? "[^]*" : char === "?" ? "[^]" : `\\${char}`);
	return new RegExp(`^${source}$`, "u").test(name);
}
export { knownTypes as a, keyTypeIn as i, hostName as n, parseKnownHosts as o, judgeHostKey as r, fingerprintOf as t };
