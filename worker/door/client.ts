/** Who asks, as far as an address says it. */

const ADDRESS_CHARS_MAX = 64;

/**
 * The client, from `cf-connecting-ip`. At Cloudflare only the edge can set it; on a local start any client may send any
 * value, and then only the count over all clients limits it. An IPv6 client owns a whole /64 and counts as one.
 */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return 'local';
  const text = address.slice(0, ADDRESS_CHARS_MAX).toLowerCase();
  if (!text.includes(':')) return text;
  const [head = [], tail = []] = text
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = text.includes('::') ? Math.max(0, 8 - head.length - tail.length) : 0;
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).join(':');
}
