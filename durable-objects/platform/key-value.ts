/**
 * Small named values in an object's own SQLite, kept in memory once they were read: decisions read twenty of them. Synchronous;
 * part of the surrounding transaction. `Keys` maps each name to the type of its value, so that a misspelled name or a wrong
 * type does not compile. An object has one of these: a second one would not see what the first one writes.
 */
import { fromJson, toJson } from '../../domain/json.ts';
import { type ObjectStorage, text } from './ports.ts';

type Name<Keys> = keyof Keys & string;

export class KeyValue<Keys extends object> {
  /** What SQLite holds under the names read or written so far; undefined where it holds nothing. */
  private readonly known = new Map<string, unknown>();
  /** The same as text. */
  private readonly texts = new Map<string, string>();

  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      'CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
    );
    storage.onRollback(() => {
      this.known.clear();
      this.texts.clear();
    });
  }

  /** The value last put under the name; undefined when there is none. It has the type that `put` was checked against. */
  get<Key extends Name<Keys>>(key: Key): Keys[Key] | undefined {
    if (!this.known.has(key)) {
      const row = this.storage.rows('SELECT value FROM kv WHERE key = ?', key)[0];
      this.known.set(key, row === undefined ? undefined : fromJson(text(row, 'value')));
      if (row !== undefined) this.texts.set(key, text(row, 'value'));
    }
    // Only `put` and the table fill the map under this name.
    return this.known.get(key) as Keys[Key] | undefined;
  }

  /** Writes nothing where the value is the same as before: each row that is written is billed. */
  put<Key extends Name<Keys>>(key: Key, value: Keys[Key]): void {
    const written = toJson(value);
    if (this.texts.get(key) === written) return;
    this.storage.rows(
      'INSERT INTO kv (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      written,
    );
    this.known.set(key, value);
    this.texts.set(key, written);
  }

  delete(key: Name<Keys>): void {
    this.storage.rows('DELETE FROM kv WHERE key = ?', key);
    this.known.set(key, undefined);
    this.texts.delete(key);
  }
}
