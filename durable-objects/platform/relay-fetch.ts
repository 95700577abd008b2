/** Requests of the live Wallet: to the relay for orders, where there is one, with the token that it asks for; to nobody else. */

/** `fetch`, with `relay-token` on what goes to the relay. The token goes by https only, and on this machine. */
export function relayFetch(
  { orderUrl, token }: { readonly orderUrl: string | undefined; readonly token: string | undefined },
  send: (input: string, init?: RequestInit) => Promise<Response>,
): (input: string, init?: RequestInit) => Promise<Response> {
  if (orderUrl === undefined || token === undefined || !mayCarry(orderUrl)) return send;
  const prefix = `${orderUrl.replace(/\/+$/, '')}/`;
  return (input, init) => {
    if (!input.startsWith(prefix)) return send(input, init);
    const headers = new Headers(init?.headers);
    headers.set('relay-token', token);
    return send(input, { ...init, headers });
  };
}

function mayCarry(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1';
}
