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
export { checkBoot, type BootCheckOptions, type BootCheckResult } from './stick/boot-check.ts';
export { buildStick, STICK_PROGRAMS, stickSizeFor } from './stick/build.ts';
export { describeDevice, isCandidate, listDevices, requireDevice, type Device } from './stick/device.ts';
export { type ManifestEntry, type ManifestImage, type StickManifest } from './stick/manifest.ts';
export { type StickImage, type StickSpec } from './stick/plan.ts';
export { readStick, type Stick } from './stick/read.ts';
export { saveMenuPicture } from './stick/screenshot.ts';
export { BOOT_STAGES, type BootStage } from './stick/serial-console.ts';
export { STICK_ERRORS } from './stick/stick-errors.ts';
export { checkTarget, type StickTarget } from './stick/target.ts';
export { findTools, installCommands, SYSTEM_TOOLS, type SystemTool, type ToolStatus } from './stick/tools.ts';
export { verifyStick } from './stick/verify-stick.ts';
export { machineArguments, QEMU } from './stick/virtual-machine.ts';
export { formatBytes, parseBytes } from './engine/units.ts';
