// The venue addresses that the app is given: the practice exchange's, or the public ones of wrangler.toml, and
// above both whatever the environment of `npm start` names.

const PATHS_ON_EXCHANGE = {
  POLYMARKET_CLOB_URL: { scheme: 'http', path: '' },
  // Where orders are sent: elsewhere than the rest only when somebody says so.
  POLYMARKET_ORDER_URL: { scheme: 'http', path: '' },
  POLYMARKET_CLOB_WS_URL: { scheme: 'ws', path: '' },
  POLYMARKET_RTDS_URL: { scheme: 'ws', path: '/rtds' },
  POLYMARKET_DATA_URL: { scheme: 'http', path: '' },
  POLYMARKET_GAMMA_URL: { scheme: 'http', path: '' },
  POLYMARKET_GEOBLOCK_URL: { scheme: 'http', path: '/api/geoblock' },
} as const;

/**
 * The addresses to hand to the app. Without an exchange only those that the environment names: for the rest the
 * public ones of wrangler.toml stay in force. Throws a sentence for a value that is no address of its scheme.
 */
export function venueAddresses({
  exchangePort,
  environment,
}: {
  exchangePort: number | undefined;
  environment: Record<string, string | undefined>;
}): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const [name, { scheme, path }] of Object.entries(PATHS_ON_EXCHANGE)) {
    const named = environment[name];
    if (named !== undefined && named !== '') {
      if (!new RegExp(`^${scheme}s?://[^\\s'"]+$`).test(named))
        throw new Error(`${name} must start with ${scheme}:// or ${scheme}s://, and is "${named}".`);
      addresses[name] = named;
    } else if (exchangePort !== undefined) {
      addresses[name] = `${scheme}://127.0.0.1:${exchangePort}${path}`;
    }
  }
  return addresses;
}
