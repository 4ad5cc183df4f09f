import type { ZodError } from 'zod';

import { printable } from './errors.ts';

/** The first few problems of a failed parse, each with its path inside the document: `a.b[2].c: expected string`. */
export function describeIssues(error: ZodError, most = 3): string {
  const lines = error.issues.map((issue) => {
    const path = issue.path.reduce<string>(
      (text, key) =>
        typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
      '',
    );
    return `${path === '' ? 'document' : path}: ${issue.message}`;
  });
  const more = lines.length > most ? ` (and ${lines.length - most} more)` : '';
  return printable(lines.slice(0, most).join('; ') + more);
}
