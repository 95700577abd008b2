/** One copy attempt as a page of its own: the panel of the drawer, with a way back to its list. */
import { AttemptPanel, type AttemptPanelView } from '../attempt/attempt-panel.tsx';
import { Document } from '../frame/layout.tsx';
import type { Frame } from '../models.ts';

export function AttemptPage(props: { readonly frame: Frame; readonly view: AttemptPanelView }) {
  const { frame, view } = props;
  const live = view.attempt.mode === 'LIVE';
  const path = live ? '/live-trades' : '/paper-trades';
  return (
    <Document title={live ? 'Live copy' : 'Copy attempt'} frame={frame} path={path}>
      <p>
        <a href={path}>{live ? 'Back to Live Trades' : 'Back to Paper Trades'}</a>
      </p>
      <section class="card">
        <AttemptPanel view={view} />
      </section>
    </Document>
  );
}
