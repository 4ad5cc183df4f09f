import type { ByteServer, ServerFault } from '../transport/serve-bytes.ts';
import type { VendorSite } from '../upstream/vendor-site.ts';

/** An ISO in memory: the paths in it, with the text of those that a recipe reads. */
export interface IsoSample {
  readonly label: string;
  readonly files: Readonly<Record<string, string>>;
  readonly uuid?: string | undefined;
}

/** The plugin, and samples of what it is for. What is missing here is not checked. */
export interface SuiteOptions {
  /** The plugin's folder. */
  readonly directory: string;
  /** Address → content: what the vendor's servers have, for a plugin that reads its vendor's lists. */
  readonly site?: VendorSite | undefined;
  /** When the site is read: signatures and ends of life depend on it. */
  readonly now?: Date | undefined;
  /** Ids of the images that must be found there, `distribution/version/variant/arch`. */
  readonly images?: readonly string[] | undefined;
  /** ISOs that its recipes know. */
  readonly isos?: readonly IsoSample[] | undefined;
  /** A real ISO that it knows: built into a stick and started in QEMU where LOOPSTICK_TESTKIT_BOOT is 1. */
  readonly bootIso?: string | undefined;
  /**
   * For transports: serves these bytes by an address of one of its schemes. `fault`: the answer breaks off in the
   * middle, or stays there. Missing for http and https, which need nothing.
   */
  readonly serve?: ((content: Uint8Array, fault?: ServerFault) => Promise<ByteServer>) | undefined;
}
