import { z } from 'zod';

/** What the HTTP side needs to know; the composition root makes it from the configuration, tests make it by hand. */
export const httpSettingsSchema = z.strictObject({
  /**
   * Where callers reach this gateway, without a closing slash. It is configured and never taken from a request: an audience
   * computed from the Host header would be whatever the attacker says it is.
   */
  publicBaseUrl: z.url({ protocol: /^https?$/ }).refine((url) => !url.endsWith('/') && new URL(url).search === '', {
    error: 'must be a plain base URL that does not end in a slash',
  }),
  /** Most bytes one delivery may send over HTTP, as sent; unpacking has its own limits in the black box. */
  maximumUploadBytes: z
    .int()
    .positive()
    .default(8 * 1024 ** 3),
  /** Milliseconds a connection may be silent before it is closed. */
  idleMilliseconds: z.int().positive().default(60_000),
  /** Milliseconds a whole request may take, uploads included. */
  requestMilliseconds: z
    .int()
    .positive()
    .default(2 * 60 * 60_000),
  /** Requests per minute for one client, over all routes. */
  clientRequestsPerMinute: z.int().positive().default(600),
  /** Token requests per minute from one address; before the assertion is verified there is no client to count by. */
  tokenRequestsPerMinute: z.int().positive().default(120),
  /** Largest count of a receipt that says something about single people and is therefore not told to the sender; 0 tells all. */
  smallNumbers: z.int().nonnegative().default(7),
  /** Proxies in front of the gateway whose X-Forwarded-For is believed (Express `trust proxy`), as addresses or subnets. */
  trustedProxies: z.array(z.string().min(1)).default([]),
});

export type HttpSettings = z.infer<typeof httpSettingsSchema>;

/** The audience of client assertions: exactly this text (SMART Backend Services, "Authentication JWT claims"). */
export const tokenUrl = (settings: HttpSettings): string => `${settings.publicBaseUrl}/oauth/token`;
