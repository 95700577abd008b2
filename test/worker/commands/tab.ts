/**
 * A command of the operator as a function of the answers that it gets: it is made to go every way once, and every place on
 * the way is kept, with the call that it makes there.
 */
import { fromJson, toJson } from '../../../domain/json.ts';
import { WALLET_NAMES } from '../../../durable-objects/rpc.ts';
import type { Env } from '../../../worker/env.ts';
import type { Call } from './places.ts';
import type { Start } from './stepped-wallet.ts';

/** Which answers of the Wallet to its switch get lost on the way. */
export type Loses = 'none' | 'first' | 'every';

export interface Pressed {
  readonly run: (env: Env) => Promise<unknown>;
  readonly wallet: Start['wallet'];
  readonly loses: Loses;
}

/** A place in a command: after these answers it waits for the answer to this call, or has ended. */
interface Waiting {
  readonly answers: readonly string[];
  readonly call: Call | undefined;
  readonly callNumber: number;
  /** The command as it stands here; it is gone once it has gone on. */
  running: Running | undefined;
  readonly after: Map<string, number>;
}

const callNumbers = new Map<string, number>();

/** One command, at every place that any answers have led it to. */
export class Tab {
  private readonly places: Waiting[] = [];

  private constructor(private readonly pressed: Pressed) {}

  /** The command before its first call is answered: place 0. */
  static async press(pressed: Pressed): Promise<Tab> {
    const tab = new Tab(pressed);
    tab.add([], await Running.start(pressed));
    return tab;
  }

  /** The call that waits at the place; undefined at the end. */
  at(place: number): Pick<Waiting, 'call' | 'callNumber'> {
    return this.places[place]!;
  }

  known(place: number, answer: string): number | undefined {
    return this.places[place]!.after.get(answer);
  }

  /** The place that the answer leads to. */
  async answered(place: number, answer: string): Promise<number> {
    const from = this.places[place]!;
    const running = from.running ?? (await this.again(from));
    from.running = undefined;
    await running.answer(answer);
    const next = this.add([...from.answers, answer], running);
    from.after.set(answer, next);
    return next;
  }

  private add(answers: readonly string[], running: Running): number {
    const { call } = running;
    const text = toJson(call ?? null);
    const callNumber = callNumbers.get(text) ?? callNumbers.size;
    callNumbers.set(text, callNumber);
    return this.places.push({ answers, call, callNumber, running, after: new Map() }) - 1;
  }

  /** The command begun anew and given the same answers. Throws when it then asks something else. */
  private async again({ answers, call }: Waiting): Promise<Running> {
    const running = await Running.start(this.pressed);
    for (const answer of answers) await running.answer(answer);
    if (toJson(running.call) !== toJson(call)) throw new Error('a command went another way the second time');
    return running;
  }
}

/** A command on its way; each of its calls waits for its answer. */
class Running {
  /** The call that waits; undefined once the command has ended. */
  call: Call | undefined;
  private give: ((answer: string) => void) | undefined;
  private done = false;
  /** What the command threw, if anything: none of these tests has one that throws. */
  private failure: unknown;
  /** How often it has asked the Wallet for its switch. */
  private asked = 0;

  private constructor(private readonly pressed: Pressed) {}

  static async start(pressed: Pressed): Promise<Running> {
    const running = new Running(pressed);
    const ended = () => {
      running.done = true;
    };
    pressed.run(running.env()).then(ended, (failure: unknown) => {
      running.failure = failure;
      ended();
    });
    await running.settled();
    return running;
  }

  /** Gives the answer, and lets the command go on until it makes another call or has ended. */
  async answer(text: string): Promise<void> {
    const { give } = this;
    this.give = undefined;
    this.call = undefined;
    give!(text);
    await this.settled();
  }

  private async settled(): Promise<void> {
    while (!this.done && this.give === undefined)
      await new Promise<void>((resolve) => void setImmediate(resolve));
    if (this.failure !== undefined) throw this.failure;
  }

  private async made(call: Call): Promise<unknown> {
    if (this.give !== undefined) throw new Error('a command made two calls at once');
    this.call = call;
    const text = await new Promise<string>((resolve) => {
      this.give = resolve;
    });
    const answer = fromJson<{ readonly value?: unknown; readonly thrown?: string }>(text);
    if (answer.thrown !== undefined) throw new Error(answer.thrown);
    return answer.value;
  }

  private async switched(how: Extract<Call, { to: 'wallet' }>['how'], command: unknown): Promise<unknown> {
    const answer = await this.made({ to: 'wallet', how, command });
    this.asked += 1;
    const { loses } = this.pressed;
    if (loses === 'every' || (loses === 'first' && this.asked === 1)) throw new Error('the answer got lost');
    return answer;
  }

  private env(): Env {
    const stub = {
      applyControl: (command: unknown) => this.made({ to: 'wallet', how: 'applyControl', command }),
      setTrading: (command: unknown) => this.switched('setTrading', command),
      setLive: (command: unknown) => this.switched('setLive', command),
      setUserLive: (command: unknown) => this.switched('setUserLive', command),
      setEntries: (command: unknown) => this.switched('setEntries', command),
      liveCheck: async () => [{ name: 'key', state: 'READY', sentence: '' }],
    };
    const silent = { applyControl: async () => {} };
    return {
      DB: {
        prepare: (query: string) => this.statement(query, []),
        batch: (statements: readonly { query: string; values: readonly unknown[] }[]) =>
          this.made({
            to: 'd1',
            how: 'batch',
            statements: statements.map(({ query, values }) => ({ query, values })),
          }),
      },
      WALLET: {
        getByName: (name: string) => (name === WALLET_NAMES[this.pressed.wallet] ? stub : silent),
      },
      LEADER_FEED: { getByName: () => silent },
      FOLLOWED_USER: { getByName: () => silent },
    } as unknown as Env; // only what a switch command uses
  }

  private statement(query: string, values: readonly unknown[]): object {
    const made = (how: Extract<Call, { to: 'd1' }>['how']) =>
      this.made({ to: 'd1', how, statements: [{ query, values }] });
    return {
      query,
      values,
      bind: (...bound: readonly unknown[]) => this.statement(query, bound),
      all: () => made('all'),
      run: () => made('run'),
      raw: () => made('raw'),
      first: () => made('first'),
    };
  }
}
