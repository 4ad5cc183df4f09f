export { createContext, type Context } from './engine/context.ts';
export { createEngine, type Engine, type EngineOptions, type SourceOutcome } from './engine/engine.ts';
export { ENGINE_ERRORS } from './engine/engine-errors.ts';
export {
  failure,
  isLoopstickError,
  LoopstickError,
  messageOf,
  printable,
  systemCode,
  type ErrorCategory,
  type ErrorDescriptor,
} from './engine/errors.ts';
export { type EngineEvents, type EventBus, type Progress, type Step } from './engine/events.ts';
export * from './engine/hooks.ts';
export { type Paths } from './engine/paths.ts';
export { type PluginManifest } from './engine/plugin-manifest.ts';
export { type PluginStatus } from './engine/plugin-host.ts';
export { toolPath, type Runner, type RunOptions, type RunResult } from './engine/run.ts';
export { parseSettings, type Settings } from './engine/settings.ts';
export { ENGINE_VERSION } from './engine/version.ts';
export * from './recipe/boot-entry.ts';
export { type IsoContents } from './recipe/iso.ts';
export * from './stick/watched-boot.ts';
export { EVIDENCE_LEVELS, isWeakerThan, type EvidenceLevel } from './verify/evidence.ts';
