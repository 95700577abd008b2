/** The pages of sales by hand: of one position, and of all. */
import { CloseAll, type CloseAllView, CloseAnswer, type CloseAnswerView } from '../exits/close-all.tsx';
import { Sale, type SaleView } from '../exits/sale.tsx';
import { Document } from '../frame/layout.tsx';
import { PORTFOLIO_PATHS } from '../words/addresses.ts';

export function SalePage({ view }: { readonly view: SaleView }) {
  return (
    <Document title="Sell by hand" frame={view.frame} path={PORTFOLIO_PATHS[view.mode]}>
      <Sale view={view} />
    </Document>
  );
}

export function CloseAllPage({ view }: { readonly view: CloseAllView }) {
  return (
    <Document title="Close everything" frame={view.frame} path={PORTFOLIO_PATHS[view.mode]}>
      <CloseAll view={view} />
    </Document>
  );
}

export function CloseAnswerPage({ view }: { readonly view: CloseAnswerView }) {
  return (
    <Document
      title="Close everything"
      {...(view.frame === undefined ? {} : { frame: view.frame })}
      path={PORTFOLIO_PATHS[view.mode]}
    >
      <CloseAnswer view={view} />
    </Document>
  );
}
