import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { failure, isLoopstickError, messageOf, printable, type LoopstickError } from '../../engine/errors.ts';
import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import type { PluginRegistrar } from '../../engine/hooks.ts';
import { ownOptions, type PluginOptions } from '../../engine/plugin-options.ts';
import { describeIssues } from '../../engine/issues.ts';
import type { Deadlines, LossListener } from '../../engine/tap.ts';
import type { PluginManifest } from '../../plugin/plugin-manifest.ts';
import { ISOLATION_ERRORS } from '../isolation-errors.ts';
import type { IsolationLimits } from '../limits.ts';
import type { SentPart } from '../wire/messages.ts';
import { registeredSchema } from './incoming.ts';
import type { Callable } from './callable.ts';
import { Deadline } from './deadline.ts';
import { launch, launchArguments } from './launch.ts';
import { PluginProcess, type PluginCallOptions } from './plugin-process.ts';
import type { RunningProcesses } from './running.ts';
import { addStub } from './stubs.ts';

/** A process that nobody needs takes memory; another is there in an instant. */
const IDLE_MS = 10_000;

export interface IsolationOptions {
  readonly limits: IsolationLimits;
  readonly deadlines: Deadlines;
  readonly onLoss: LossListener;
  readonly running: RunningProcesses;
  /** What ends its process with this one: see tether.ts. */
  tether(): Promise<readonly string[]>;
  /** What the user has set for plugins. */
  readonly options?: PluginOptions | undefined;
  /** The plugin is done for, by its own fault. */
  onLost(error: LoopstickError): void;
}

/** A plugin whose code runs in a process of its own, which is started when it is needed. */
export class IsolatedPlugin implements Callable {
  readonly manifest: PluginManifest;
  readonly #entry: string;
  readonly #options: IsolationOptions;
  #running: Promise<PluginProcess> | undefined;
  #registered: readonly SentPart[] | undefined;
  #lost: LoopstickError | undefined;
  #idle: NodeJS.Timeout | undefined;
  #held = 0;

  constructor(manifest: PluginManifest, entry: string, options: IsolationOptions) {
    this.manifest = manifest;
    this.#entry = entry;
    this.#options = options;
  }

  /** Begins to start it, for whoever wants several at a time. */
  prepare(): void {
    this.#start().catch(() => undefined);
  }

  /**
   * Starts it and adds what it adds.
   * @throws LoopstickError PLUGIN_LOAD_FAILED, PLUGIN_FOLDER_REFUSED, PLUGIN_ANSWER_INVALID and those of a process
   */
  async register(registrar: PluginRegistrar): Promise<void> {
    await this.#start();
    for (const part of this.#registered ?? []) addStub(registrar, part, this, this.#options.deadlines);
  }

  /** Calls a part, in the process that runs. */
  async call(options: PluginCallOptions): Promise<unknown> {
    return this.hold((process) => process.call(options));
  }

  /** Keeps the process while `use` needs it. */
  async hold<T>(use: (process: PluginProcess) => Promise<T>): Promise<T> {
    this.#held++;
    clearTimeout(this.#idle);
    try {
      return await use(await this.#start());
    } finally {
      this.#held--;
      this.#rest();
    }
  }

  /**
   * Calls a part in a process that is there for this call only and may write to a folder.
   */
  async callApart(options: PluginCallOptions, workDirectory: string): Promise<unknown> {
    const process = await this.#launch(workDirectory);
    try {
      return await process.call(options);
    } finally {
      process.end();
    }
  }

  async #start(): Promise<PluginProcess> {
    if (this.#lost !== undefined) throw this.#lost;
    this.#running ??= this.#launch().then(
      (process) => {
        this.#rest();
        return process;
      },
      (error: unknown) => {
        this.#running = undefined;
        throw error;
      },
    );
    return this.#running;
  }

  async #launch(workDirectory?: string): Promise<PluginProcess> {
    if (this.#lost !== undefined) throw this.#lost;
    const { manifest } = this;
    const { id } = manifest;
    const { limits, running } = this.#options;
    const directory = await realpath(manifest.directory);
    const [args, tether] = await Promise.all([
      launchArguments(manifest, limits, workDirectory),
      this.#options.tether(),
    ]);
    const child = launch(args, directory, tether);
    const process = new PluginProcess(id, child, limits, {
      onPrinted: (line) => {
        this.#lose(failure(ISOLATION_ERRORS.printed, { plugin: id, line: printable(line) }, { pluginId: id }));
      },
      onEnd: (fate, wasBusy) => {
        running.delete(process);
        this.#ended(fate, wasBusy);
      },
    });
    running.add(process);
    const place = 'load';
    const deadline = new Deadline(this.#options.deadlines.load, { plugin: id, hook: place });
    try {
      const entry = pathToFileURL(join(directory, relative(manifest.directory, this.#entry))).href;
      const options = ownOptions(id, this.#options.options);
      const value = { entry, id, hosts: manifest.permissions.hosts, options };
      const { signal } = deadline;
      this.#take(await process.call({ part: '', method: 'register', place, value, signal }));
      return process;
    } catch (error) {
      process.end();
      throw isLoopstickError(error)
        ? error
        : failure(ENGINE_ERRORS.pluginLoad, { plugin: id, problem: messageOf(error) }, { cause: error, pluginId: id });
    } finally {
      deadline.clear();
    }
  }

  /** What it says that it has added. The first time counts: what it adds later, nobody knows. */
  #take(answer: unknown): void {
    const { id } = this.manifest;
    const parsed = registeredSchema.safeParse(answer);
    if (!parsed.success) {
      const problem = describeIssues(parsed.error);
      throw failure(ISOLATION_ERRORS.answerInvalid, { plugin: id, problem }, { pluginId: id });
    }
    if (this.#registered !== undefined) return;
    const { fenced, parts } = parsed.data;
    this.#registered = parts;
    if (!fenced) this.#lose(failure(ISOLATION_ERRORS.unfenced, { plugin: id }, { pluginId: id }));
  }

  /** One that was ended since nobody needed it comes back; one that failed does not. */
  #ended(fate: LoopstickError | undefined, wasBusy: boolean): void {
    if (fate === undefined) return;
    this.#lost = fate;
    this.#running = undefined;
    this.#options.onLost(fate);
    if (!wasBusy) this.#lose(fate);
  }

  #lose(error: LoopstickError): void {
    this.#options.onLoss({ call: { pluginId: this.manifest.id, place: 'process' }, error });
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#held > 0) return;
    this.#idle = setTimeout(() => {
      void this.#running?.then((process) => {
        if (this.#held > 0 || process.isBusy) return;
        this.#running = undefined;
        process.end();
      });
    }, IDLE_MS).unref();
  }
}
