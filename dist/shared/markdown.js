import { n as oneLine, r as printable } from "./printable.js";
// src/github/markdown.ts
function markdownText(text) {
	return oneLine(text).split(/(`[^`\n]+`)/).map((part, index) => index % 2 === 1 ? markdownCode(part.slice(1, -1)) : escapeInline(part)).join("").replace(/^[#+=-]/, "\\$&").replace(/^(\d+)(?=[.)])/, "$1\\");
}
function markdownCode(text) {
	return `<code>${escapeInline(oneLine(text))}</code>`;
}
function escapeInline(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(/[\\`*_[\]|~$!]/g, String.raw`\$&`).replaceAll(/(https?|ftp):\/\//gi, "$1:&#47;&#47;").replaceAll(/\bwww\./gi, "www&#46;").replaceAll("@", "&#64;");
}
function markdownTable(head, rows) {
	const line = (cells) => `| ${cells.map((cell) => tableCell(cell)).join(" | ")} |`;
	return [
		line(head),
		`|${head.map(() => " --- |").join("")}`,
		...rows.map((row) => line(head.map((_, index) => row[index] ?? "")))
	].join("\n");
}
function tableCell(text) {
	return printable(text).split("\n").map((part) => markdownText(part)).join("<br>");
}
function markdownFence(lines, language = "text") {
	const body = printable(lines.join("\n"));
	const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map((match) => match[0].length));
	const fence = "`".repeat(longest + 1);
	return `${fence}${language}\n${body}\n${fence}`;
}
function joinedWithin(most, parts, rest) {
	let size = Buffer.byteLength(rest) + 3;
	const kept = [];
	for (const part of parts.filter((one) => one !== "")) {
		size += Buffer.byteLength(part) + 2;
		if (size > most) return `${[...kept, rest].join("\n\n")}\n`;
		kept.push(part);
	}
	return `${kept.join("\n\n")}\n`;
}
export { markdownText as a, markdownTable as i, markdownCode as n, markdownFence as r, joinedWithin as t };
