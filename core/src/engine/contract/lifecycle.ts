/** Life cycle: what is told, and may be refused, before and after the larger steps. */

export const LIFECYCLE_EVENTS = [
  'beforeSync',
  'afterSync',
  'beforeDownload',
  'afterDownload',
  'beforePlan',
  'afterPlan',
  'beforeApply',
  'afterApply',
] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

export interface LifecycleNotice {
  readonly event: LifecycleEvent;
  /** What it is about, as plain data: image id, file, target. */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /**
   * For policy, in the `before…` events: stops the run with this reason and the plugin's name. In the `after…` events
   * it is only a warning.
   */
  refuse(reason: string): void;
}
