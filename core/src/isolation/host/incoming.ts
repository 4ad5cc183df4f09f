import { z } from 'zod';

import { CATALOG_LAYERS, LIFECYCLE_EVENTS } from '../../engine/hooks.ts';
import { PART_KINDS, type FromPlugin, type Registered } from '../wire/messages.ts';

const number = z.int().min(0);
const text = z.string().max(4000);

const errorSchema = z.object({
  message: text,
  code: text.optional(),
  facts: z.record(z.string(), z.number()).optional(),
  relayed: number.optional(),
  permission: text.optional(),
  resource: text.optional(),
});

/** What a plugin's process may send. */
export const fromPluginSchema: z.ZodType<FromPlugin, unknown> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), id: number, value: z.unknown().optional() }),
  z.object({ type: z.literal('failed'), id: number, error: errorSchema }),
  z.object({
    type: z.literal('ask'),
    ask: number,
    id: number,
    method: z.string().max(40),
    value: z.unknown().optional(),
  }),
  z.object({ type: z.literal('pong'), id: number }),
]);

const name = z.string().regex(/^[\w@][\w@ .:/+-]{0,99}$/, 'is no name for a part');
const names = z.array(z.string().max(100)).max(200);

/** What a plugin has added. Which kinds it may add the registrar knows. */
export const registeredSchema: z.ZodType<Registered, unknown> = z.object({
  fenced: z.boolean(),
  parts: z
    .array(
      z.object({
        kind: z.enum(PART_KINDS),
        name,
        description: z.string().max(500).optional(),
        layer: z.enum(CATALOG_LAYERS).optional(),
        distributions: names.optional(),
        schemes: names.optional(),
        order: z.number().optional(),
        before: name.optional(),
        event: z.enum(LIFECYCLE_EVENTS).optional(),
      }),
    )
    .max(200),
});
