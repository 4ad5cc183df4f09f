import { createEngine, parseSettings } from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { orderUrl } from '../src/orders.ts';

describe('what is no address', () => {
  const refusal = async (url: string, mirror?: readonly string[]): Promise<Error> => {
    const engine = await createEngine({ settings: parseSettings({}, 'test') });
    return orderUrl(engine, url, mirror === undefined ? {} : { mirror }, new AbortController().signal).then(
      () => new Error('it was taken'),
      (error: unknown) => error as Error,
    );
  };

  it.each([
    'http://bob:s3cr3tpw@[bad/a.iso',
    'ftp://bob:s3cr3tpw@m.example/a.iso',
    'http://bob:a@s3cr3tpw@[bad/a.iso',
    'bob:s3cr3tpw@m.example/a.iso',
    'https://[bad/a.iso?token=s3cr3tpw',
  ])('is refused without its secrets: %s', async (url) => {
    for (const error of [await refusal(url), await refusal('http://m.example/a.iso', [url])]) {
      expect(error).toMatchObject({ code: 'CLI_BAD_VALUE' });
      expect(error.message).not.toMatch(/bob|s3cr3tpw/);
      expect(error.message).toContain('a.iso');
    }
  });
});
