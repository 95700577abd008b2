// The type of the relay's handler, for its tests: the relay itself is plain JavaScript, so that one file runs anywhere.
import type { IncomingMessage, ServerResponse } from 'node:http';

export function relayHandler(given: {
  readonly token: string;
  readonly target?: string;
  readonly log?: (line: string) => void;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
