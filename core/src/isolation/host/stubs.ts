/** What stands in the engine for the parts of a plugin that runs in a process of its own. */
import { z } from 'zod';

import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { failure, printable } from '../../engine/errors.ts';
import {
  RECIPE_ORDER,
  type CatalogReadRequest,
  type CatalogSource,
  type LifecycleEvent,
  type MirrorList,
  type MirrorStrategy,
  type PluginRegistrar,
  type RankedMirror,
  type Recipe,
  type SignedList,
} from '../../engine/hooks.ts';
import type { Deadlines } from '../../engine/tap.ts';
import type { SentIso } from '../child/iso.ts';
import { partKey, type SentPart } from '../wire/messages.ts';
import { bootloaderStub } from './bootloader-stub.ts';
import { at, checked, type Callable } from './callable.ts';
import { transportStub } from './transport-stub.ts';

/** @throws LoopstickError PLUGIN_OUTPUT_INVALID for a part without what its kind needs; those of the registrar */
export function addStub(registrar: PluginRegistrar, part: SentPart, plugin: Callable, deadlines: Deadlines): void {
  const { name, description = '' } = part;
  const needed = <T>(key: keyof SentPart, value: T | undefined): T => {
    if (value !== undefined) return value;
    const values = { plugin: plugin.manifest.id, hook: partKey(part), problem: `it has no "${key}"` };
    throw failure(ENGINE_ERRORS.badOutput, values, { pluginId: plugin.manifest.id });
  };
  switch (part.kind) {
    case 'catalogSource': {
      const layer = needed('layer', part.layer) as CatalogSource['layer'];
      registrar.catalogSource({ name, layer, read: (request) => read(plugin, part, request) });
      return;
    }
    case 'mirrorList':
      registrar.mirrorList({
        name,
        distributions: needed('distributions', part.distributions),
        lists: async (image, { signal }) =>
          plugin.call({ ...at('mirrorLists', part), method: 'lists', value: image, signal }) as Promise<
            readonly MirrorList[]
          >,
      });
      return;
    case 'mirrorStrategy':
      registrar.mirrorStrategy({ name, description: printable(description), rank: rankBy(plugin, part) });
      return;
    case 'transport':
      registrar.transport(transportStub(plugin, part, needed('schemes', part.schemes), deadlines));
      return;
    case 'bootloader':
      registrar.bootloader(bootloaderStub(plugin, part));
      return;
    case 'recipe': {
      const { order = RECIPE_ORDER.installed, before } = part;
      const place = before === undefined ? { order } : { order, before };
      registrar.recipe({ name, recognise: recogniseBy(plugin, part) }, place);
      return;
    }
    case 'lifecycle': {
      const event = needed('event', part.event) as LifecycleEvent;
      registrar.lifecycle(event, name, async ({ subject, signal, refuse }) => {
        const answers = {
          refuse: (reason: unknown) => {
            refuse(printable(String(reason), 300));
          },
        };
        await plugin.call({ ...at(event, part), method: 'notice', value: { event, subject }, answers, signal });
      });
    }
  }
}

const url = z.string().max(4000);
const fetchSchema = z.object({
  url,
  options: z.object({ maxBytes: z.int().positive().optional(), accept: z.string().max(300).optional() }).optional(),
});
const signedSchema: z.ZodType<SignedList, unknown> = z.object({
  url,
  signature: z.union([z.object({ form: z.literal('clear') }), z.object({ form: z.literal('detached'), url })]),
  keys: z
    .array(
      z.object({
        fingerprint: z.string().max(100),
        material: z.instanceof(Uint8Array),
        expired: z.enum(['refuse', 'before-expiry']).optional(),
      }),
    )
    .max(50),
});
const answerSchema = z.object({
  document: z.unknown().optional(),
  advice: z
    .array(
      z.object({
        expires: z.date().optional(),
        refreshMinutes: z.number().min(0).optional(),
        jitterMinutes: z.number().min(0).optional(),
      }),
    )
    .max(100),
});

/** The engine fetches and checks on its behalf, from the hosts that were granted and no others. */
async function read(plugin: Callable, part: SentPart, request: CatalogReadRequest): Promise<unknown> {
  const { signal, now: value } = request;
  const answers = {
    fetch: async (asked: unknown) => {
      const wish = checked(fetchSchema, asked);
      return request.fetch(wish.url, wish.options);
    },
    fetchFirst: async (asked: unknown) => {
      const wish = checked(fetchSchema, asked);
      return request.fetchFirst(wish.url, wish.options);
    },
    fetchSigned: async (asked: unknown) => request.fetchSigned(checked(signedSchema, asked)),
  };
  const answer = await plugin.call({ ...at('catalogSources', part), method: 'read', value, answers, signal });
  const { document, advice } = checked(answerSchema, answer);
  for (const each of advice) request.advise(each);
  return document;
}

const probeSchema = z.object({
  url,
  options: z.object({ bytes: z.number().positive(), ms: z.number().positive() }),
});

function rankBy(plugin: Callable, part: SentPart): MirrorStrategy['rank'] {
  return async (candidates, { probe, random, signal, ...request }) => {
    const known = new Set(candidates.map((each) => each.url));
    const answers = {
      probe: async (asked: unknown) => {
        const wish = checked(probeSchema, asked);
        if (probe === undefined || !known.has(wish.url)) throw new Error('it is not a mirror that may be probed');
        return probe(wish.url, wish.options);
      },
    };
    // Four draws of the engine's chance stand for all: the same chance gives the same answer.
    const chance = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32));
    const value = { ...request, candidates, chance, probes: probe !== undefined };
    const answer = await plugin.call({ ...at('mirrorStrategies', part), method: 'rank', value, answers, signal });
    return answer as readonly RankedMirror[];
  };
}

const fileSchema = z.object({ path: z.string().max(4000), limit: z.int().positive().optional() });

function recogniseBy(plugin: Callable, part: SentPart): Recipe['recognise'] {
  return async (iso, { signal }) => {
    const value: SentIso = { label: iso.label, uuid: iso.uuid, size: iso.size, files: iso.list('/') };
    const answers = {
      read: async (asked: unknown) => {
        const { path, limit } = checked(fileSchema, asked);
        return iso.read(path, { signal, ...(limit === undefined ? {} : { limit }) });
      },
    };
    return plugin.call({ ...at('recipes', part), method: 'recognise', value, answers, signal });
  };
}
