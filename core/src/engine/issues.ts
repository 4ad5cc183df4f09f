import type { ZodError } from 'zod';

import { printable } from './errors.ts';

/** The first few problems of a failed parse, each with its path inside the document: `a.b[2].c: expected string`. */
export function describeIssues(error: ZodError, most = 3): string {
  const lines = error.issues.map((issue) => `${describePlace(issue.path)}: ${issue.message}`);
  const more = lines.length > most ? ` (and ${lines.length - most} more)` : '';
  return printable(lines.slice(0, most).join('; ') + more);
}

/** A path inside a document, `a.b[2].c`; `document` for the whole of it. */
export function describePlace(path: readonly PropertyKey[]): string {
  const place = path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
  return place === '' ? 'document' : place;
}
