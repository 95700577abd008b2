/** The drawer: a panel beside the page for one thing out of a list. Without a script its links lead to a page of their own. */
import type { Child } from 'hono/jsx';

/** The attributes of a link whose page opens in the drawer. The route must answer a partial request with the panel alone. */
export function drawerLink(href: string) {
  return { href, 'hx-get': href, 'hx-target': '#drawer-body', 'hx-swap': 'innerHTML' } as const;
}

/** Once in every document; app.js opens it when something has been put in, Escape and the button close it. */
export function Drawer() {
  return (
    <dialog id="drawer" class="drawer" aria-label="Details">
      <form method="dialog">
        <button type="submit" class="quiet" aria-label="Close the details">
          Close
        </button>
      </form>
      <div id="drawer-body" tabindex={-1}></div>
    </dialog>
  );
}

/** The content of the drawer, under its heading. */
export function Panel(props: { readonly title: string; readonly children: Child }) {
  return (
    <article>
      <h2>{props.title}</h2>
      {props.children}
    </article>
  );
}
