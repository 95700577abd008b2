/**
 * Small named values in an object's own SQLite. Synchronous; part of the surrounding transaction. `Keys` maps each
 * name to the type of its value, so that a misspelled name or a wrong type does not compile.
 */
import { fromJson, toJson } from '../../domain/json.ts';
import { type ObjectStorage, text } from './ports.ts';

type Name<Keys> = keyof Keys & string;

export class KeyValue<Keys extends object> {
  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      'CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
    );
  }

  /** The value last put under the name; undefined when there is none. It has the type that `put` was checked against. */
  get<Key extends Name<Keys>>(key: Key): Keys[Key] | undefined {
    const row = this.storage.rows('SELECT value FROM kv WHERE key = ?', key)[0];
    return row === undefined ? undefined : fromJson<Keys[Key]>(text(row, 'value'));
  }

  put<Key extends Name<Keys>>(key: Key, value: Keys[Key]): void {
    this.storage.rows(
      'INSERT INTO kv (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      toJson(value),
    );
  }

  delete(key: Name<Keys>): void {
    this.storage.rows('DELETE FROM kv WHERE key = ?', key);
  }
}
