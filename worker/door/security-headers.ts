/** The headers of every answer of the Worker. The assets, which the Worker never sees, have theirs in views/assets/_headers. */
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { AppEnv } from '../ports.ts';

/** Our own files only, nothing inline, nothing evaluated; `connect-src` is for htmx and its events. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
  frameSrc: ["'none'"],
  objectSrc: ["'none'"],
  workerSrc: ["'none'"],
};

/** This host only: its subdomains may serve other things. */
const HTTPS_ONLY = 'max-age=31536000';

/** Sets the headers of every answer, refusals and failures included; none may be kept by a cache. */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  const common = secureHeaders({
    contentSecurityPolicy: POLICY,
    xFrameOptions: 'DENY',
    referrerPolicy: 'no-referrer',
    strictTransportSecurity: false,
    permissionsPolicy: {
      camera: [],
      displayCapture: [],
      geolocation: [],
      microphone: [],
      payment: [],
      publickeyCredentialsGet: [],
      usb: [],
    },
  });
  return async function withSecurityHeaders(context, next) {
    await common(context, next);
    context.header('Cache-Control', 'no-store');
    if (context.req.url.startsWith('https:')) context.header('Strict-Transport-Security', HTTPS_ONLY);
  };
}
