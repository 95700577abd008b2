/** The paper portfolio: figures, risk, charts, open positions, and moving paper cash in and out. */
import { OwedExits, type OwedExitsView } from '../exits/owed-exits.tsx';
import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import { Document, Live, TrackingNote } from '../frame/layout.tsx';
import type { Frame, MarkedPositionView, Names, PositionView } from '../models.ts';
import { ExposureByLeader, ExposureByMarket, RiskMeters, type RiskView } from '../portfolio/exposure.tsx';
import { PositionPages } from '../portfolio/position-pages.tsx';
import { PositionsTable } from '../portfolio/positions.tsx';
import { ResetPeakForm } from '../portfolio/reset-peak.tsx';
import {
  DrawdownChart,
  EquityChart,
  ExposureChart,
  RangeLinks,
  WalletTiles,
  type WalletTilesView,
} from '../portfolio/wallet-figures.tsx';
import { ExportLinks } from '../tables/export-links.tsx';

export interface PaperPortfolioView {
  readonly frame: Frame;
  readonly tiles: WalletTilesView;
  readonly owed: OwedExitsView;
  /** Undefined before the first snapshot. */
  readonly risk: RiskView | undefined;
  /** Every open position, for the exposure. */
  readonly all: readonly PositionView[];
  /** One page of them, the largest first. */
  readonly positions: readonly MarkedPositionView[];
  readonly page: number;
  readonly pages: number;
  /** Set when there are more positions than are listed. */
  readonly positionsCut: boolean;
  readonly names: Names;
  readonly form: FormState;
  readonly commandId: string;
}

export type PaperPortfolioLiveView = Omit<PaperPortfolioView, 'frame' | 'form' | 'commandId'>;

export function PaperPortfolioPage({ view }: { readonly view: PaperPortfolioView }) {
  return (
    <Document title="Paper Portfolio" frame={view.frame} path="/paper-portfolio">
      <PaperPortfolioLive view={view} />
      <CashForm view={view} />
      <ResetPeakForm mode="PAPER" form={view.form} commandId={view.commandId} />
      <TrackingNote />
      <ExportLinks name="positions" mode="PAPER" what="positions" />
      <ExportLinks name="ledger" mode="PAPER" what="ledger" />
      <ExportLinks name="fills" mode="PAPER" what="fills" />
      <ExportLinks name="snapshots" mode="PAPER" what="equity by the minute" />
    </Document>
  );
}

/** What moves. */
export function PaperPortfolioLive({ view }: { readonly view: PaperPortfolioLiveView }) {
  const { tiles, risk, all, positions, names } = view;
  const { figures } = tiles;
  return (
    <Live
      id="portfolio"
      src={`/part/paper-portfolio?range=${figures.range}&page=${view.page}`}
      on={['paper', 'switches']}
    >
      <section class="card">
        <div class="heading">
          <h2>Figures</h2>
          <RangeLinks path="/paper-portfolio" range={figures.range} />
        </div>
        <WalletTiles view={tiles} />
        <EquityChart figures={figures} />
      </section>
      <div class="columns">
        <section class="card">
          <DrawdownChart figures={figures} />
        </section>
        <section class="card">
          <ExposureChart figures={figures} />
        </section>
        <section class="card">
          <h2>Risk</h2>
          {risk === undefined ? <p class="empty">Not valued yet.</p> : <RiskMeters view={risk} />}
        </section>
        <section class="card">
          <h2>Exposure by leader</h2>
          <ExposureByLeader positions={all} names={names} />
        </section>
        <section class="card">
          <h2>Exposure by market</h2>
          <ExposureByMarket positions={all} names={names} />
        </section>
      </div>
      <OwedExits view={view.owed} names={names} />
      <section class="card">
        <h2>Open positions</h2>
        {view.positionsCut ? <p class="note">There are more positions than are listed here.</p> : null}
        <PositionsTable positions={positions} names={names} />
        <PositionPages path="/paper-portfolio" page={view.page} pages={view.pages} />
      </section>
    </Live>
  );
}

function CashForm({ view }: { readonly view: PaperPortfolioView }) {
  const { values, errors } = view.form;
  return (
    <form method="post" action="/paper-portfolio/cash" class="card">
      <h2>Deposit or withdraw paper cash</h2>
      <FormErrors state={view.form} />
      <CommandId id={view.commandId} />
      <div class="fields">
        <Field label="Amount" unit="USD" error={errors.amount}>
          <input name="amount" inputmode="decimal" value={values.amount ?? ''} required maxlength={20} />
        </Field>
        <div class="actions">
          <button type="submit" name="kind" value="DEPOSIT">
            Deposit
          </button>
          <button type="submit" name="kind" value="WITHDRAWAL" class="quiet">
            Withdraw
          </button>
        </div>
      </div>
    </form>
  );
}
