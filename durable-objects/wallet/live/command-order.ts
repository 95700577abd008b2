/**
 * Commands on switches are taken in the order in which they were saved in D1, so that the newest answer and the newest document
 * agree. Kept in memory: after a restart the document alone says what was saved later.
 */
export class CommandOrder {
  /** For each switch, the version carried by the newest command that was answered. */
  private readonly answeredVersions = new Map<string, number>();

  /** Notes the command; true when one on the same switch that was saved later has been answered. */
  isOvertaken(which: string, savedVersion: number): boolean {
    const answered = this.answeredVersions.get(which) ?? 0;
    this.answeredVersions.set(which, Math.max(answered, savedVersion));
    return savedVersion < answered;
  }
}
