/** The text by which a leader's position in a token is looked up: one definition, since parts of it are stored (`markRevisions`). */
export function sliceKey(slice: { readonly leaderAddress: string; readonly tokenId: string }): string {
  return `${slice.leaderAddress}:${slice.tokenId}`;
}
