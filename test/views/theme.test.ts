// The two themes differ by colours alone: a page that fits, reads and works in one of them does so in the other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ASSETS = new URL('../../views/assets/', import.meta.url).pathname;
const SHEET = readFileSync(join(ASSETS, 'app.css'), 'utf8');
const COLOUR = /^#[0-9a-f]{6}$/;

/** The names and values that a `:root` block sets, from the first one at or after a text. */
function rootAfter(text: string): Readonly<Record<string, string>> {
  const from = SHEET.indexOf(':root', SHEET.indexOf(text));
  const block = SHEET.slice(SHEET.indexOf('{', from) + 1, SHEET.indexOf('}', from));
  const lines = block.split(';').map((line) => line.trim());
  return Object.fromEntries(
    lines.filter((line) => line !== '').map((line) => line.split(':').map((part) => part.trim())),
  );
}

describe('the dark theme', () => {
  const dark = rootAfter('@media (prefers-color-scheme: dark)');

  it('sets nothing but colours that the light one sets too', () => {
    const light = rootAfter(':root');
    expect(Object.keys(dark).length).toBeGreaterThan(5);
    for (const [name, value] of Object.entries(dark)) {
      expect(value, name).toMatch(COLOUR);
      expect(light[name], name).toMatch(COLOUR);
    }
  });

  it('is one block of one sheet; no other style asks for the theme', () => {
    const block = /@media \(prefers-color-scheme: dark\) \{\s*:root \{[^{}]*\}\s*\}/g;
    expect(SHEET.match(block)).toHaveLength(1);
    const styles = readdirSync(ASSETS, { recursive: true, withFileTypes: true }).filter(
      (file) => file.isFile() && file.name.endsWith('.css'),
    );
    const asking = styles
      .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8').replace(block, ''))
      .filter((text) => /prefers-color-scheme|light-dark\(/.test(text));
    expect(asking).toEqual([]);
  });
});

describe('a style', () => {
  it('asks for no orientation of the screen, so that a page is the same whichever way a phone is held', () => {
    const asking = readdirSync(ASSETS, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.css'))
      .filter((name) => /orientation/.test(readFileSync(join(ASSETS, name), 'utf8')));
    expect(asking).toEqual([]);
  });
});
