import type { PluginRegistrar } from './contracts.ts';
import { partKey, type RegisterRequest, type SentPart } from '../wire/messages.ts';
import type { Call } from './link.ts';
import { OpenBodies } from './open-bodies.ts';
import { CALLERS } from './callers.ts';

/** A plugin as it may really be: one written with `async register()` is waited for. */
interface FoundPlugin {
  readonly id: string;
  register(registrar: PluginRegistrar): void | Promise<void>;
}

/** What the plugin has added, with its functions. */
export class PluginParts {
  readonly #parts = new Map<string, object>();
  readonly #sent: SentPart[] = [];
  readonly #bodies = new OpenBodies();
  #isOpen = true;

  /** Loads the plugin and lets it register. */
  async load({ entry, id, options }: RegisterRequest): Promise<readonly SentPart[]> {
    const module: unknown = await import(entry);
    const plugin = (module as { readonly default?: Partial<FoundPlugin> | null }).default;
    if (typeof plugin?.register !== 'function' || plugin.id !== id) {
      throw new Error(`its entry must have a default export { id: "${id}", register() }`);
    }
    try {
      await plugin.register(this.#registrar(options));
    } finally {
      this.#isOpen = false;
    }
    return this.#sent;
  }

  async call(call: Call): Promise<unknown> {
    if (call.method === 'next' || call.method === 'close') return this.#bodies.call(call);
    const part = this.#parts.get(call.part);
    if (part === undefined || call.method === 'register') throw new Error(`it has no ${call.part}`);
    return CALLERS[call.method](part as never, call, this.#bodies);
  }

  #registrar(options: PluginRegistrar['options']): PluginRegistrar {
    const add = (sent: SentPart, part: object): void => {
      if (!this.#isOpen) throw new Error(`it wants to add "${sent.name}" after its registration has ended`);
      const key = partKey(sent);
      if (this.#parts.has(key)) throw new Error(`it adds "${key}" twice`);
      this.#parts.set(key, part);
      this.#sent.push(sent);
    };
    return {
      options,
      catalogSource: (part) => {
        add({ kind: 'catalogSource', name: part.name, layer: part.layer }, part);
      },
      mirrorList: (part) => {
        add({ kind: 'mirrorList', name: part.name, distributions: [...part.distributions] }, part);
      },
      mirrorStrategy: (part) => {
        add({ kind: 'mirrorStrategy', name: part.name, description: part.description }, part);
      },
      transport: (part) => {
        add({ kind: 'transport', name: part.name, schemes: [...part.schemes] }, part);
      },
      bootloader: (part) => {
        add({ kind: 'bootloader', name: part.name, description: part.description }, part);
      },
      recipe: (part, { order, before } = {}) => {
        add({ kind: 'recipe', name: part.name, order, before }, part);
      },
      lifecycle: (event, name, handler) => {
        add({ kind: 'lifecycle', name, event }, { handler });
      },
    };
  }
}
