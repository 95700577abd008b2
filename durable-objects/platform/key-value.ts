/** Small named values in an object's own SQLite. Synchronous; takes part in the surrounding transaction. */
import { fromJson, toJson } from '../../domain/json.ts';
import { type ObjectStorage, text } from './ports.ts';

export class KeyValue {
  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      'CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
    );
  }

  /** The value last put under the key; the caller names the type, since only this object wrote it. */
  get<T>(key: string): T | undefined {
    const row = this.storage.rows('SELECT value FROM kv WHERE key = ?', key)[0];
    return row === undefined ? undefined : fromJson<T>(text(row, 'value'));
  }

  put(key: string, value: unknown): void {
    this.storage.rows(
      'INSERT INTO kv (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      toJson(value),
    );
  }

  delete(key: string): void {
    this.storage.rows('DELETE FROM kv WHERE key = ?', key);
  }
}
