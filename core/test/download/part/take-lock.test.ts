import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { releaseLock, takeLock, type Claim, type LockFiles } from '../../../src/download/part/take-lock.ts';

const LOCK = '/x.part.lock';

/** One of several processes that want the lock: how often, and before which of its steps it is killed. */
interface Plan {
  readonly wishes: number;
  readonly killedAt: number;
}

/** What processes that were killed earlier have left. */
interface Leftovers {
  /** The first holds the lock, each of the others the right to remove the one before. */
  readonly chain: number;
  readonly rubbish: boolean;
}

/** A folder, and processes whose steps in it follow each other in the order that the scheduler chooses. */
class Simulation {
  readonly names = new Map<string, { content: string }>();
  readonly hasLinks: boolean;
  readonly owners = new Set<number>();
  mostOwners = 0;
  taken = 0;
  readonly #scheduler: fc.Scheduler;
  readonly #dead = new Set<string>();

  constructor(scheduler: fc.Scheduler, hasLinks: boolean, { chain, rubbish }: Leftovers) {
    this.#scheduler = scheduler;
    this.hasLinks = hasLinks;
    let name = LOCK;
    for (let owner = 0; owner < chain; owner++) {
      const content = `dead ${owner}`;
      this.names.set(name, { content });
      this.#dead.add(content);
      name = `${LOCK}.${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
    }
    if (rubbish) this.names.set(`${LOCK}.00ff00ff00ff`, { content: '' });
  }

  /** Ends when the process does, one way or the other. */
  async run(id: number, { wishes, killedAt }: Plan): Promise<void> {
    const contents: string[] = [];
    let marks = 0;
    let steps = 0;
    let die = (): void => undefined;
    const death = new Promise<void>((resolve) => (die = resolve));
    const step = async (): Promise<void> => {
      await this.#scheduler.schedule(Promise.resolve(), `process ${id}, step ${steps}`);
      if (steps++ < killedAt) return;
      for (const content of contents) this.#dead.add(content);
      this.owners.delete(id);
      die();
      await new Promise(() => undefined);
    };
    const files = this.#files(step);
    const random = (length: number): Buffer => Buffer.alloc(length, 16 * id + marks++);
    const work = async (): Promise<void> => {
      for (let wish = 0; wish < wishes; wish++) {
        const content = `process ${id}, wish ${wish}`;
        contents.push(content);
        const claim: Claim = { content, random, hasEnded: async (other) => (await step(), this.#dead.has(other)) };
        if ((await takeLock(files, LOCK, claim)) !== undefined) continue;
        this.owners.add(id);
        this.taken++;
        this.mostOwners = Math.max(this.mostOwners, this.owners.size);
        for (let writes = 0; writes < 3; writes++) await step();
        this.owners.delete(id);
        await releaseLock(files, LOCK, content);
      }
    };
    await Promise.race([work(), death]);
  }

  #files(step: () => Promise<void>): LockFiles {
    const { names } = this;
    return {
      write: async (name, content) => {
        await step();
        if (names.has(name)) return false;
        const file = { content: '' };
        names.set(name, file);
        await step();
        file.content = content;
        await step();
        return true;
      },
      link: async (from, to) => {
        await step();
        if (!this.hasLinks) return 'unsupported';
        const file = names.get(from);
        if (file === undefined) return 'gone';
        if (names.has(to)) return 'taken';
        names.set(to, file);
        return 'linked';
      },
      read: async (name) => {
        await step();
        return names.get(name)?.content;
      },
      remove: async (name) => {
        await step();
        names.delete(name);
      },
      list: async (beginning) => {
        await step();
        return [...names.keys()].filter((name) => name.startsWith(beginning));
      },
    };
  }
}

const plan: fc.Arbitrary<Plan> = fc.record({
  wishes: fc.integer({ min: 1, max: 3 }),
  killedAt: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 40 })),
});
const leftovers: fc.Arbitrary<Leftovers> = fc.record({
  chain: fc.constantFrom(0, 1, 1, 1, 2, 3),
  rubbish: fc.boolean(),
});

it.each([
  ['with second names', true],
  ['without', false],
])('a lock on a file system %s never has two owners, whoever is killed when', async (_, hasLinks) => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(plan, { minLength: 2, maxLength: 4 }),
      leftovers,
      async (scheduler, plans, left) => {
        const simulation = new Simulation(scheduler, hasLinks, left);
        await scheduler.waitFor(Promise.all(plans.map((each, id) => simulation.run(id, each))));
        expect(simulation.mostOwners).toBeLessThanOrEqual(1);

        // Whoever comes when all have ended gets it, and nothing is left after him. A lock that stayed empty is the
        // one thing that nobody can judge.
        const before = simulation.taken;
        const isEmpty = [...simulation.names].some(([, { content }]) => content === '') && !hasLinks;
        const last = simulation.run(plans.length, { wishes: 1, killedAt: Infinity });
        await scheduler.waitFor(last);
        if (isEmpty) return;
        expect(simulation.taken).toBe(before + 1);
        expect([...simulation.names.keys()]).toEqual([]);
      },
    ),
    { numRuns: 1500 },
  );
});
