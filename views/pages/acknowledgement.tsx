/** What the Wallet answered to OFF, of live trading or of entries. Needs neither D1 nor a frame, so that it shows while everything else is down. */

import { Document } from '../frame/layout.tsx';
import type { Acknowledgement } from '../models.ts';
import { formatAddress } from '../words/format.ts';

export interface AcknowledgementView {
  readonly title: string;
  /** What no longer leaves. */
  readonly what: 'order' | 'purchase';
  /** What is off now, as a sentence. */
  readonly sentence: string;
  readonly acknowledged: Acknowledgement;
  /** What did not follow although the Wallet obeyed. */
  readonly warning: string | undefined;
}

export function AcknowledgementPage({ view }: { readonly view: AcknowledgementView }) {
  const { inFlightOrderIds, cancelingOrderIds } = view.acknowledged;
  return (
    <Document title={view.title}>
      <section class="card attention" role="status">
        <h2>{view.sentence}</h2>
        <p>The Wallet has stored it and acknowledged it: not one further {view.what} leaves.</p>
        {view.warning === undefined ? null : (
          <p class="error" role="alert">
            {view.warning}
          </p>
        )}
        <OrderIds
          title="Sent before, still without an answer: they may yet be filled, and are followed to their end"
          none="No order was on its way."
          ids={inFlightOrderIds}
        />
        <OrderIds
          title="Our own open orders that are being cancelled"
          none="No order of ours was open."
          ids={cancelingOrderIds}
        />
        <p>
          <a href="/live-trades">Live Trades</a> · <a href="/real-portfolio">Real Portfolio</a>
        </p>
      </section>
    </Document>
  );
}

function OrderIds(props: { readonly title: string; readonly none: string; readonly ids: readonly string[] }) {
  if (props.ids.length === 0) return <p class="muted">{props.none}</p>;
  return (
    <>
      <p>
        {props.title} ({String(props.ids.length)}):
      </p>
      <ul>
        {props.ids.map((id) => (
          <li>
            <code title={id}>{formatAddress(id)}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
