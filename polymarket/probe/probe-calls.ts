/** The requests of the probe: no budget, no retry, and the raw answer. Each may be kept as a sample without real wallets. */
import { boundedText, type Fetch, USER_AGENT } from '../wire/http.ts';
import { jsonOf, objectOf } from '../wire/refused.ts';
import type { RawSocket } from '../wire/socket.ts';
import { NotAsked } from './probe-item.ts';

export interface ProbePorts {
  readonly fetch: Fetch;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs: () => number;
  /** Receives each answer as a sample, without the addresses of wallets. */
  readonly record?: (name: string, text: string) => void;
}

export interface ProbeAddresses {
  readonly clobUrl: string;
  readonly dataUrl: string;
  readonly gammaUrl: string;
  readonly orderUrl: string;
  readonly geoblockUrl: string;
  readonly marketUrl: string;
  readonly userUrl: string;
  readonly rtdsUrl: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
  /** Undefined when it is not JSON. */
  readonly json: unknown;
}

const TIMEOUT_MS = 10_000;
const SAMPLE_CHARS_MAX = 200_000;

export class ProbeCalls {
  private samples = 0;
  private readonly names = new Map<string, string>();

  readonly addresses: ProbeAddresses;
  readonly ports: ProbePorts;

  // Written out, because the command runs this file without a compiler.
  constructor(addresses: ProbeAddresses, ports: ProbePorts) {
    this.addresses = addresses;
    this.ports = ports;
  }

  async send(
    baseUrl: string,
    path: string,
    query: readonly (readonly [string, string])[] = [],
    body?: string,
  ): Promise<Answer> {
    const url = new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
    for (const [name, value] of query) url.searchParams.append(name, value);
    const { fetch } = this.ports;
    const response = await fetch(url.href, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        'user-agent': USER_AGENT,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await boundedText(path, response);
    this.keep(path, text);
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  }

  /** As `send`; an answer that is no success could not be asked. */
  async read(
    baseUrl: string,
    path: string,
    query: readonly (readonly [string, string])[] = [],
  ): Promise<Answer> {
    const answer = await this.send(baseUrl, path, query);
    if (answer.status !== 200) throw new NotAsked(`${path} answered ${answer.status}.`);
    if (answer.json === undefined) throw new NotAsked(`${path} answered with something else than JSON.`);
    return answer;
  }

  /** The rows of an answer: a list, or the list under `data` or `markets`. */
  async rows(
    baseUrl: string,
    path: string,
    query: readonly (readonly [string, string])[] = [],
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { json } = await this.read(baseUrl, path, query);
    const found = Array.isArray(json) ? json : (objectOf(json)?.data ?? objectOf(json)?.markets);
    if (!Array.isArray(found)) throw new NotAsked(`${path} answered without a list.`);
    return found.flatMap((row: unknown) => {
      const fields = objectOf(row);
      return fields === undefined ? [] : [fields];
    });
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.ports.setTimer(resolve, ms));
  }

  private keep(path: string, text: string): void {
    if (this.ports.record === undefined) return;
    this.samples += 1;
    const name = `${String(this.samples).padStart(3, '0')}${path.replaceAll(/[^\w-]+/g, '-').slice(0, 60)}.json`;
    this.ports.record(name, this.withoutWallets(text.slice(0, SAMPLE_CHARS_MAX)));
  }

  /** The same wallet has the same pseudonym in all samples. */
  private withoutWallets(text: string): string {
    return text.replaceAll(/0x[0-9a-fA-F]{40}(?![0-9a-fA-F])/g, (address) => {
      const key = address.toLowerCase();
      const known = this.names.get(key);
      if (known !== undefined) return known;
      const made = `0x${(this.names.size + 1).toString(16).padStart(40, '0')}`;
      this.names.set(key, made);
      return made;
    });
  }
}
