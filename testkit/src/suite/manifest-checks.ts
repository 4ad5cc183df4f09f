import assert from 'node:assert/strict';

import { onStage } from './stage.ts';
import { check, type ChecksOf } from './check.ts';

/** A name, one with all below it, or an address; with a port where that counts; or any. */
const HOST = /^(?:\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?)$/;

/** Documents were read, and their hosts compared with the declared ones, when the manifest was inspected. */
export const manifestChecks: ChecksOf = ({ directory, permissions, description, kinds }) => [
  check('its manifest and its documents are valid', async () => {
    await onStage(directory, async ({ engine, requireWhole }) => {
      requireWhole();
      assert.deepEqual(
        engine.plugins.map(({ state }) => state),
        ['found'],
      );
    });
  }),
  check('its manifest says what it is, and asks for what can be granted', async () => {
    assert.notEqual(description.trim(), '', 'package.json: "description" is shown wherever the plugin is');
    assert.equal(new Set(kinds).size, kinds.length, 'a kind is declared twice');
    const { hosts, programs, paths } = permissions;
    for (const host of hosts) assert.match(host, HOST, `permissions.hosts: "${host}" is no name of a host`);
    for (const program of programs) {
      assert.ok(!program.includes('/'), `permissions.programs: "${program}" is a path; programs are found by name`);
    }
    for (const path of paths) assert.ok(path.startsWith('/'), `permissions.paths: "${path}" is not absolute`);
  }),
];
