/** What a Wallet owes, as a page of its own: where the Dashboard leads to, and where a press that was refused says why. */
import { OwedExits, type OwedExitsView } from '../exits/owed-exits.tsx';
import { FormErrors, type FormState } from '../frame/forms.tsx';
import { Document, Live } from '../frame/layout.tsx';
import type { Frame, Names } from '../models.ts';
import { exitsPath, PORTFOLIO_PATHS } from '../words/addresses.ts';
import { MODE_LABELS } from '../words/labels.ts';

export interface ExitsView {
  readonly frame: Frame;
  readonly owed: OwedExitsView;
  readonly names: Names;
  readonly form: FormState;
}

export function ExitsPage({ view }: { readonly view: ExitsView }) {
  const { mode } = view.owed;
  return (
    <Document
      title={`Owed exits, ${MODE_LABELS[mode].toLowerCase()}`}
      frame={view.frame}
      path={PORTFOLIO_PATHS[mode]}
    >
      <FormErrors state={view.form} />
      <nav class="ranges modes" aria-label="Which wallet">
        {(['PAPER', 'LIVE'] as const).map((one) => (
          <a href={exitsPath(one)} aria-current={one === mode ? 'true' : undefined}>
            {MODE_LABELS[one]}
          </a>
        ))}
      </nav>
      <ExitsLive view={view} />
      <p>
        <a href={PORTFOLIO_PATHS[mode]}>{`${mode === 'PAPER' ? 'Paper' : 'Real'} Portfolio`}</a>
      </p>
    </Document>
  );
}

/** What moves. */
export function ExitsLive({ view }: { readonly view: Omit<ExitsView, 'form' | 'frame'> }) {
  const { mode } = view.owed;
  return (
    <Live id="exits" src={`/part/exits?mode=${mode}`} on={[mode === 'PAPER' ? 'paper' : 'live', 'switches']}>
      <OwedExits view={view.owed} names={view.names} />
    </Live>
  );
}
