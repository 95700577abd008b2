/**
 * Parses what the operator pastes to follow a leader: a wallet address, a name with or without @, or a link to a profile. Nothing is
 * fetched; the caller looks names up.
 */
import { type LeaderAddress, parseLeaderAddress } from '../../domain/ids.ts';

export type ProfileReference =
  | { readonly kind: 'address'; readonly address: LeaderAddress }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'invalid'; readonly reason: string };

const CHARS_MAX = 300;
const VENUE_HOST = /^(www\.)?polymarket\.com$/i;
/** Words of a name with single spaces; a link has a slash or a colon. */
const BARE_NAME = /^(?=.{1,80}$)[\p{L}\p{N}._-]+(?: [\p{L}\p{N}._-]+)*$/u;
const HELP =
  'give a wallet address (0x and 40 hex digits), a name, or a link such as https://polymarket.com/@name';

/** An address in any letter case, a name, or a profile link with or without https, www, language and query. */
export function parseProfileReference(text: string): ProfileReference {
  const given = text.trim();
  if (given === '') return invalid(`empty: ${HELP}`);
  if (given.length > CHARS_MAX) return invalid(`too long: ${HELP}`);
  const address = parseLeaderAddress(given);
  if (address !== undefined) return { kind: 'address', address };
  if (/^0x[^/]*$/i.test(given)) return invalid('a wallet address is 0x and 40 hex digits');
  if (given.startsWith('@')) return nameOf(given.slice(1));
  if (BARE_NAME.test(given) && !VENUE_HOST.test(given)) return { kind: 'name', name: given };
  const link = linkOf(given);
  if (link === undefined) return invalid(HELP);
  if (!VENUE_HOST.test(link.hostname)) return invalid('not a link to polymarket.com');
  const [first = '', second = ''] = link.pathname
    .replace(/^\/[a-z]{2}(?=\/)/i, '')
    .split('/')
    .filter((part) => part !== '');
  if (first.startsWith('@') || first.startsWith('%40')) return fromLinkPart(first);
  if (first === 'profile' && second !== '') return fromLinkPart(second);
  return invalid('not a link to a profile');
}

function linkOf(text: string): URL | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!/^https?:/i.test(address) || !URL.canParse(address)) return undefined;
  return new URL(address);
}

/** The last part of a link: an address or a name, with or without @. */
function fromLinkPart(part: string): ProfileReference {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part).replace(/^@/, '');
  } catch {
    // A stray %: the link was cut off while copying.
    return invalid('the link is damaged');
  }
  const address = parseLeaderAddress(decoded);
  return address === undefined ? nameOf(decoded) : { kind: 'address', address };
}

function nameOf(name: string): ProfileReference {
  return /^[\p{L}\p{N}._-]{1,80}$/u.test(name) ? { kind: 'name', name } : invalid('not a profile name');
}

function invalid(reason: string): ProfileReference {
  return { kind: 'invalid', reason };
}
