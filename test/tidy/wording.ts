// The tidy rule about words (plain English): a short list of those that the project's earlier, indirect voice lived on. It looks
// at comments, texts and JSX, not at names; a word here has a plainer one in every place where it was found.
import { lineAt, type ParsedFile, walk } from './source-tree.ts';

/** What not to write, and what to write instead. */
const OLD_WORDS: readonly { word: RegExp; instead: string }[] = [
  { word: /\b(he|his|him|himself)\b/i, instead: 'they, or the leader; it for a program' },
  { word: /\b(told|tells|tell of|hears?|heard|hearsay)\b/i, instead: 'reports, receives, sends, shows' },
  { word: /\bfor ever\b/i, instead: 'without end, or the limit' },
  { word: /\bnobody (knows|knew|understands|explains)\b/i, instead: 'unknown' },
  {
    word: /\b(talks? (it|them) out|the last word|by its own word|takes? its word)\b/i,
    instead: 'what decides',
  },
  { word: /\b(worth nobody|stands against|is no excuse|comes to grief)\b/i, instead: 'the plain fact' },
  { word: /\bwhosoever\b|\bthereof\b|\bwherein\b/i, instead: 'who, of it, in which' },
];

/** One line for each place; `words` are in the order of the file. */
export function oldVoice(file: ParsedFile): string[] {
  const found: { start: number; text: string }[] = file.comments.map(({ value, start }) => ({
    text: value,
    start,
  }));
  walk(file.program, (node) => {
    const { value } = node;
    if (node.type === 'JSXText' && typeof value === 'string') found.push({ text: value, start: node.start });
    if (node.type === 'Literal' && typeof value === 'string' && value.includes(' '))
      found.push({ text: value, start: node.start });
    if (node.type === 'TemplateElement')
      found.push({ text: file.text.slice(node.start, node.end), start: node.start });
  });
  return found
    .sort((a, b) => a.start - b.start)
    .flatMap(({ text, start }) =>
      OLD_WORDS.filter(({ word }) => word.test(text)).map(({ word, instead }) => {
        const [match] = word.exec(text) ?? [''];
        const line = lineAt(file, start + Math.max(0, text.search(word)));
        return `${file.path}:${line} says "${match}": write ${instead}`;
      }),
    );
}
