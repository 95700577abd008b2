/** What the live Wallet is given by the runtime: secrets, network, chance, and where the venue is. */
import type { Fetch } from '../../../../polymarket/wire/http.ts';
import type { RawSocket } from '../../../../polymarket/wire/socket.ts';

export interface LiveDeps {
  /** The Worker's secrets; only their names ever leave the live Wallet. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** Of calls with our credentials. */
  readonly fetch: Fetch;
  /** Of public reads, within the budget that all of them share. */
  readonly publicFetch: Fetch;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly random: () => number;
  readonly clobUrl: string;
  /** Where orders are sent: the CLOB itself, or a relay that only forwards bytes (polymarket-api.md 8.3). */
  readonly orderUrl: string;
  readonly userChannelUrl: string;
  readonly geoblockUrl: string;
  readonly dataUrl: string;
}
