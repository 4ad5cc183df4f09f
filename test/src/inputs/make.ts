import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type MadeFile, type Product, produce } from './cache.ts';
import { DEBIAN_MINI } from './debian-mini.ts';
import { FEDORA_41 } from './fedora-41.ts';
import { FEDORA_42 } from './fedora-42.ts';
import { MEMTEST } from './memtest.ts';
import { ARCH, BROKEN_LOOPBACK, NO_BOOT } from './placeholders.ts';
import { createRun, type Shop } from './shop.ts';
import { UBUNTU } from './ubuntu.ts';

/** In the order they are made: the small ones first. */
export const TEST_INPUT_NAMES = [
  'no-boot',
  'arch-layout',
  'broken-loopback',
  'memtest',
  'debian-mini',
  'fedora-41',
  'fedora-42',
  'ubuntu-layout',
] as const;

export type TestInputName = (typeof TEST_INPUT_NAMES)[number];

const PRODUCTS: Readonly<Record<TestInputName, Product>> = {
  'no-boot': NO_BOOT,
  'arch-layout': ARCH,
  'broken-loopback': BROKEN_LOOPBACK,
  memtest: MEMTEST,
  'debian-mini': DEBIAN_MINI,
  'fedora-41': FEDORA_41,
  'fedora-42': FEDORA_42,
  'ubuntu-layout': UBUNTU,
};

/** One image: where it lies, its size in bytes, its SHA-256 in hexadecimal. */
export type TestInput = MadeFile;

export type TestInputs<Name extends TestInputName = TestInputName> = Readonly<Record<Name, TestInput>>;

/** Some images could not be made; the others were. `errors` says why, in the order of {@link names}. */
export class TestInputsError extends AggregateError {
  readonly names: readonly TestInputName[];
  readonly made: Partial<TestInputs>;

  constructor(failures: ReadonlyMap<TestInputName, unknown>, made: Partial<TestInputs>) {
    const reasons = [...failures].map(
      ([name, error]) => `${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
    super([...failures.values()], `Could not make ${String(failures.size)} test image(s).\n${reasons.join('\n')}`);
    this.name = 'TestInputsError';
    this.names = [...failures.keys()];
    this.made = made;
  }
}

export interface TestInputsOptions<Name extends TestInputName = TestInputName> {
  /** See `defaultCacheDir`. */
  readonly cacheDir: string;
  /** All of them, unless some are named. */
  readonly only?: readonly Name[];
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
}

/**
 * Makes bootable images from Debian packages, or takes them from the cache. Installs nothing and needs no right of
 * root; what it downloads comes from the package sources of this system. One image that cannot be made does not keep
 * the others from being made: then {@link TestInputsError} is thrown at the end, with those that were.
 */
export async function makeTestInputs<Name extends TestInputName = TestInputName>(
  options: TestInputsOptions<Name>,
): Promise<TestInputs<Name>> {
  const shop: Shop = {
    cacheDir: resolve(options.cacheDir),
    run: createRun(options.signal),
    log: options.log ?? (() => undefined),
    answers: new Map(),
  };
  await mkdir(shop.cacheDir, { recursive: true });
  const made: Partial<Record<TestInputName, TestInput>> = {};
  const failures = new Map<TestInputName, unknown>();
  // One after the other: the live images share a kernel and an initrd, and each step keeps all processors busy.
  for (const name of options.only ?? TEST_INPUT_NAMES) {
    try {
      options.signal?.throwIfAborted();
      made[name] = await produce(shop, PRODUCTS[name]);
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.set(name, error);
    }
  }
  if (failures.size > 0) throw new TestInputsError(failures, made);
  return made as TestInputs<Name>;
}
