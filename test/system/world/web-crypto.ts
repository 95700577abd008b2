/**
 * WebCrypto works on other threads. Under a World its calls run one after the other, so that the same seed gives the same
 * run, and are counted, so that the World knows when nothing is under way any more. HMAC, which signs every call to the venue,
 * is computed on this thread: the same signature, without a tenth of a long run spent waking other threads.
 */
import { createHmac, KeyObject, webcrypto } from 'node:crypto';

const ORDERED = ['sign', 'importKey', 'digest'] as const;

export interface CryptoWork {
  /** Calls without an answer yet. */
  underWay: number;
}

/** Puts every call of WebCrypto in a queue; gives the state of the queue, and a function that undoes it. */
export function orderWebCrypto(): { readonly work: CryptoWork; readonly restore: () => void } {
  const work: CryptoWork = { underWay: 0 };
  let previous: Promise<unknown> = Promise.resolve();
  const { subtle } = webcrypto;
  for (const name of ORDERED) {
    // The three have nothing in common but that they give a promise; what they are given passes through.
    const real = subtle[name].bind(subtle) as (...given: unknown[]) => Promise<unknown>;
    const ordered = async (...given: unknown[]): Promise<unknown> => {
      work.underWay += 1;
      const result = previous.then(() => (name === 'sign' ? hmacOf(given) : undefined) ?? real(...given));
      // A failure is the caller's to handle; the next in the queue goes on.
      previous = result.catch(() => {});
      try {
        return await result;
      } finally {
        work.underWay -= 1;
      }
    };
    Object.defineProperty(subtle, name, { value: ordered, configurable: true });
  }
  // The real ones are on the prototype, behind what was defined here.
  const restore = (): void => {
    for (const name of ORDERED) Reflect.deleteProperty(subtle, name);
  };
  return { work, restore };
}

/** The signature, where HMAC is asked for. */
function hmacOf([, key, data]: readonly unknown[]): ArrayBuffer | undefined {
  // `sign` is called with an algorithm, a key and the data.
  const { algorithm } = key as webcrypto.CryptoKey;
  if (algorithm.name !== 'HMAC') return undefined;
  const { hash } = algorithm as webcrypto.HmacKeyAlgorithm;
  return new Uint8Array(
    createHmac(hash.name, KeyObject.from(key as webcrypto.CryptoKey))
      .update(data as Uint8Array)
      .digest(),
  ).buffer;
}
