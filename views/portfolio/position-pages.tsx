/** The way through the pages of a list of positions. */

export function PositionPages(props: {
  readonly path: string;
  readonly page: number;
  readonly pages: number;
}) {
  const { path, page, pages } = props;
  if (pages === 1) return null;
  const address = (to: number) => `${path}${path.includes('?') ? '&' : '?'}page=${to}`;
  return (
    <nav class="paging" aria-label="Pages of the positions">
      {page > 1 ? <a href={address(page - 1)}>Before</a> : null}
      <span>{`Page ${page} of ${pages}`}</span>
      {page < pages ? <a href={address(page + 1)}>Further</a> : null}
    </nav>
  );
}
