/* eslint-disable no-restricted-syntax -- it says what others export, in their way */
/** It brings no types. */
declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events';

  export class Client extends EventEmitter {
    constructor(options: { readonly bootstrap: false; readonly host: string });
    listen(port: number, host: string): void;
    address(): { readonly port: number };
    destroy(): void;
  }
}
