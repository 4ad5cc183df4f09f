import type { Behaviour, FaultTable } from './exchange.ts';
import { BODY_FAULTS, type BodyFaults } from './faults/body.ts';
import { CONNECTION_FAULTS, type ConnectionFaults } from './faults/connection.ts';
import { FILE_FAULTS, type FileFaults } from './faults/file.ts';
import { RANGE_FAULTS, type RangeFaults } from './faults/range.ts';
import { STATUS_FAULTS, type StatusFaults } from './faults/status.ts';

interface Faults extends BodyFaults, ConnectionFaults, FileFaults, RangeFaults, StatusFaults {}

/** What a test server does wrong: a kind and its options. Offsets and counts are in bytes of the body. */
export type Fault = { readonly [Kind in keyof Faults]: { readonly kind: Kind } & Faults[Kind] }[keyof Faults];

const FAULTS: FaultTable<Faults> = {
  ...BODY_FAULTS,
  ...CONNECTION_FAULTS,
  ...FILE_FAULTS,
  ...RANGE_FAULTS,
  ...STATUS_FAULTS,
};

/** How a server with this fault behaves. It may remember what it did, so each server needs one of its own. */
export function behaviourOf(fault: Fault): Behaviour {
  const make = FAULTS[fault.kind] as (options: Fault) => Behaviour;
  return make(fault);
}
