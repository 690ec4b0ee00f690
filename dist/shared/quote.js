// src/machine/quote.ts
const PLAIN = /^[A-Za-z0-9_/:.,@%+=-]+$/;
const RESERVED = new Set([
	"if",
	"then",
	"else",
	"elif",
	"fi",
	"do",
	"done",
	"case",
	"esac",
	"while",
	"until",
	"for",
	"in",
	"function",
	"select",
	"time"
]);
function quote(words) {
	return words.map((word, index) => quoteWord(word, index === 0)).join(" ");
}
function quoteWord(word, first) {
	if (word.includes("\0")) throw new Error("a word of a command holds a NUL character");
	if (PLAIN.test(word) && !(first && (word.includes("=") || RESERVED.has(word)))) return word;
	return inQuotes(word);
}
function inQuotes(word) {
	return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
export { quote as n, inQuotes as t };
