import { createHmac } from 'node:crypto';

/**
 * Every identifier on a stick is derived from one random seed, so that the same lock gives the same bytes, and so that
 * nobody can guess the name of the folder with the ISOs.
 */
export interface StickIdentity {
  /** 16 hex digits: part of the name of the stick's folder. */
  readonly id: string;
  readonly diskGuid: string;
  readonly partitionGuids: { readonly biosBoot: string; readonly esp: string; readonly data: string };
  /** FAT volume serial, 8 hex digits. */
  readonly espSerial: string;
  /** The serial as GRUB and udev write it: `ABCD-1234`. */
  readonly espUuid: string;
  readonly dataUuid: string;
  /** Seed of the hashes in ext4's directories. */
  readonly hashSeed: string;
}

/** @param seed 32 hex digits */
export function deriveIdentity(seed: string): StickIdentity {
  const derive = (purpose: string): Buffer => createHmac('sha256', Buffer.from(seed, 'hex')).update(purpose).digest();
  const serial = derive('esp-serial').toString('hex').slice(0, 8).toUpperCase();
  return {
    id: derive('stick-id').toString('hex').slice(0, 16),
    diskGuid: uuid(derive('disk-guid')),
    partitionGuids: {
      biosBoot: uuid(derive('partition-bios-boot')),
      esp: uuid(derive('partition-esp')),
      data: uuid(derive('partition-data')),
    },
    espSerial: serial,
    espUuid: `${serial.slice(0, 4)}-${serial.slice(4)}`,
    dataUuid: uuid(derive('data-uuid')),
    hashSeed: uuid(derive('hash-seed')),
  };
}

/** Sixteen of the bytes as a UUID of version 8 (RFC 9562, 5.8): free content. */
function uuid(bytes: Buffer): string {
  const octets = Buffer.from(bytes.subarray(0, 16));
  octets.writeUInt8((octets.readUInt8(6) & 0x0f) | 0x80, 6);
  octets.writeUInt8((octets.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = octets.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
