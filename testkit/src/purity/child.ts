/**
 * Imports the module that is named, and says what came of it: a JSON text on the descriptor 3. Runs in a process of its
 * own, which may write nothing and start nothing.
 */
import { Socket } from 'node:net';

const [entry = ''] = process.argv.slice(2);

/** What a module can leave behind by being imported. */
function traces(): Readonly<Record<string, readonly string[]>> {
  return {
    globals: Object.getOwnPropertyNames(globalThis).sort(),
    listeners: process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`),
    // Node counts what the import itself has read.
    work: process.getActiveResourcesInfo().filter((name) => !/^(?:Pipe|TTY|FSReq|CloseReq|FileHandle)/.test(name)),
    environment: Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ''}`),
    folder: [process.cwd()],
  };
}

const line = new Socket({ fd: 3, writable: true });
const before = traces();
const found: { changed: Record<string, string[]>; id?: unknown; problem?: string } = { changed: {} };
try {
  const module = (await import(entry)) as { default?: { id?: unknown } };
  found.id = module.default?.id;
} catch (error) {
  found.problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
for (const [what, now] of Object.entries(traces())) {
  const fresh = now.filter((each) => before[what]?.includes(each) !== true);
  if (fresh.length > 0) found.changed[what] = fresh;
}
line.end(JSON.stringify(found), () => {
  // What would go on has been counted.
  // eslint-disable-next-line no-restricted-syntax -- rule 5: this is a program of its own
  process.exit();
});
