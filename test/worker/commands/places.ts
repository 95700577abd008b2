/**
 * D1 and the Wallet as functions of the calls that they get: each place that they come to is kept, and each call is made
 * there once. What it came to is written down.
 */
import { toJson } from '../../../domain/json.ts';

/** What a command asks, as plain data. */
export type Call =
  | {
      readonly to: 'd1';
      readonly how: 'all' | 'run' | 'raw' | 'first' | 'batch';
      readonly statements: readonly { readonly query: string; readonly values: readonly unknown[] }[];
    }
  | {
      readonly to: 'wallet';
      readonly how: 'applyControl' | 'setTrading' | 'setLive' | 'setUserLive' | 'setEntries';
      readonly command: unknown;
    };

/** What a call comes to: the text of an answer or of an error, and the place after it. */
export interface Outcome {
  readonly answer: string;
  readonly after: number;
}

/** What D1 and the Wallet do for a test: stand as they stood at a place, take a call, and say where they stand. */
export interface Shared<Place> {
  readonly standAt: (place: Place) => void;
  readonly take: (call: Call) => unknown;
  /** The place after the call, with a text that is the same for places that no later call can tell apart. */
  readonly place: (before: Place, call: Call) => { readonly text: string; readonly place: Place };
}

/** Every place that D1 or the Wallet has been at, and every call that it has taken there. */
export class Places<Place> {
  private readonly places: Place[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly outcomes = new Map<string, Outcome>();
  private standing: number | undefined;

  constructor(private readonly shared: Shared<Place>) {}

  /** The number of the place; `text` says all about it. */
  numberOf({ text, place }: { readonly text: string; readonly place: Place }): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.places.length);
    return this.places.push(place) - 1;
  }

  /** Called when something else than a call of this class has changed them. */
  moved(): void {
    this.standing = undefined;
  }

  at(number: number): Place {
    return this.places[number]!;
  }

  known(number: number, callNumber: number): Outcome | undefined {
    return this.outcomes.get(`${number} ${callNumber}`);
  }

  /** Makes the call at a place. */
  async call(number: number, callNumber: number, call: Call): Promise<Outcome> {
    const before = this.at(number);
    if (this.standing !== number) this.shared.standAt(before);
    this.standing = undefined;
    const answer = await answerText(() => this.shared.take(call));
    const after = this.numberOf(this.shared.place(before, call));
    this.standing = after;
    const outcome = { answer, after };
    this.outcomes.set(`${number} ${callNumber}`, outcome);
    return outcome;
  }
}

async function answerText(take: () => unknown): Promise<string> {
  try {
    return toJson({ value: await take() });
  } catch (error) {
    return toJson({ thrown: error instanceof Error ? error.message : String(error) });
  }
}
