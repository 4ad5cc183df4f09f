/** The part of pacote 21 that is used here. It brings no types, and those that others publish bring a tree of their own. */
export interface Pacote {
  readonly tarball: {
    /** The stream is checked against the integrity that the registry names; it may be asked for again. */
    stream<T>(spec: string, handler: (stream: NodeJS.ReadableStream) => Promise<T>, options: PacoteOptions): Promise<T>;
  };
  manifest(
    spec: string,
    options: PacoteOptions,
  ): Promise<{ readonly _resolved: string; readonly _integrity?: string | undefined }>;
}

interface PacoteOptions {
  readonly registry: string;
  readonly cache: string;
  readonly fullMetadata: boolean;
  /** Releases that are younger are not there. */
  readonly before?: Date;
  readonly packumentCache: Map<string, unknown>;
  readonly preferOnline: boolean;
  /** Thrown, not rejected, when a spec is of such a kind. */
  readonly allowGit: 'none';
  readonly allowRemote: 'none';
  readonly allowDirectory: 'none';
  readonly allowFile: 'none';
  readonly ignoreScripts: boolean;
  readonly fetchRetries: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Loaded when something is fetched from an npm registry: it is a large tree. */
export async function loadPacote(): Promise<Pacote> {
  // @ts-expect-error -- it brings no types
  const { default: pacote } = (await import('pacote')) as { readonly default: Pacote };
  return pacote;
}
