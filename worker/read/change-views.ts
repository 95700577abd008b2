/** Changes of the audit log as the pages show them: numbered, in words, with the names that leaders have today. */
import type { Control } from '../../domain/settings/control.ts';
import type { ChangeRows } from '../../ledger/read/audit.ts';
import type { ChangeView } from '../../views/models.ts';
import { changeInWords } from '../../views/words/change-words.ts';
import { leaderNames } from './page-data.ts';

export function changeViews(control: Control, changes: readonly ChangeRows[]): readonly ChangeView[] {
  const names = leaderNames(control);
  return changes.map(({ rows }) => {
    const { auditNo, atMs, actor } = rows[0];
    return { no: auditNo, atMs, actor, ...changeInWords(rows, (address) => names.get(address)) };
  });
}
