/** Either Wallet as the app talks to it about positions and owed exits. What it refuses comes back as plain data. */
import type { TradingMode } from '../../domain/ids.ts';
import { walletStub } from '../../durable-objects/platform/stubs.ts';
import type { WalletRpc } from '../../durable-objects/rpc.ts';
import type { Env } from '../env.ts';

export type PositionsClient = Pick<WalletRpc, 'closePosition' | 'commandExit' | 'portfolio'>;

/** `await` turns what a stub returns, a promise for each case of a union, into one promise. */
export function positionsOf(env: Env, mode: TradingMode): PositionsClient {
  const stub = walletStub(env, mode);
  return {
    closePosition: async (command) => await stub.closePosition(command),
    commandExit: async (command) => await stub.commandExit(command),
    portfolio: async () => await stub.portfolio(),
  };
}
