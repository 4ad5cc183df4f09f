/** The public entry of the engine, room by room. */

// the engine: hooks, plugins, settings, events
export { createContext, type Context } from './engine/context.ts';
export { DOCUMENT_ERRORS } from './engine/document-errors.ts';
export { renameDurably, writeFileDurably } from './engine/durable.ts';
export { ENGINE_ERRORS } from './engine/engine-errors.ts';
export { createEngine, type Engine, type EngineOptions, type SourcesRequest } from './engine/engine.ts';
export {
  failure,
  isLoopstickError,
  LoopstickError,
  messageOf,
  printable,
  reasonOf,
  systemCode,
  type ErrorCategory,
  type ErrorDescriptor,
} from './engine/errors.ts';
export {
  createEventBus,
  type DownloadChange,
  type EngineEvents,
  type EventBus,
  type Progress,
  type Step,
} from './engine/events.ts';
export * from './engine/hooks.ts';
export {
  DOCUMENT_LIMIT,
  type DocumentFetcher,
  type DocumentRequest,
  type FetchedDocument,
} from './engine/fetch-document.ts';
export { describeIssues } from './engine/issues.ts';
export { makeFolder } from './engine/make-folder.ts';
export type { Paths } from './engine/paths.ts';
export { inspectPlugin } from './plugin/inspect-plugin.ts';
export { DATA_MANIFEST } from './plugin/own-document.ts';
export type { PluginStatus } from './plugin/plugin-host.ts';
export { requireCompatible, type EngineNeeds } from './plugin/plugin-kinds.ts';
export type { PluginManifest, PluginPermissions } from './plugin/plugin-manifest.ts';
export { TRUST_TIERS, type PluginPlace, type TrustTier } from './plugin/plugin-place.ts';
export { ISOLATION_ERRORS } from './isolation/isolation-errors.ts';
export type { IsolationLimits } from './isolation/limits.ts';
export { toolPath, type Runner, type RunOptions, type RunResult } from './engine/run.ts';
export { changeSetting } from './engine/change-setting.ts';
export {
  settingKey,
  settingKeys,
  settingPath,
  settingValue,
  type SettingKey,
  type SettingValue,
} from './engine/setting-keys.ts';
export { SETTINGS_ERRORS } from './engine/settings-errors.ts';
export {
  changeSettings,
  readSettingsDocument,
  valueAt,
  withValueAt,
  type SettingsDocument,
} from './engine/settings-file.ts';
export {
  type DownloadSettings,
  LINK_WAYS,
  type LinkWay,
  loadSettings,
  type MirrorSettings,
  type NpmSettings,
  parseSettings,
  type RegistrySetting,
  type Settings,
  settingsFile,
} from './engine/settings.ts';
export { findTools, installCommands, type ToolStatus } from './engine/system-tools.ts';
export type { SystemTool } from './engine/tool-schema.ts';
export { formatBytes, parseBytes } from './engine/units.ts';
export { ENGINE_VERSION } from './engine/version.ts';
export { withoutSecrets } from './engine/without-secrets.ts';

// catalog
export { normaliseArch } from './catalog/atoms.ts';
export { CATALOG_ERRORS } from './catalog/catalog-errors.ts';
export { loadCatalog, type LoadOptions } from './catalog/catalog.ts';
export { exportCatalog } from './catalog/exchange/export-catalog.ts';
export {
  customCatalogFile,
  readForeignCatalog,
  saveCustomCatalog,
  type ReadCatalog,
} from './catalog/exchange/import-catalog.ts';
export { importEffect, type ImportEffect } from './catalog/exchange/import-effect.ts';
export { catalogJsonSchema } from './catalog/json-schema.ts';
export {
  CATALOG_FILE_LIMIT,
  catalogFileSource,
  readNamedCatalogFile,
  type RequiredCatalogSource,
} from './catalog/file-source.ts';
export { documentJson } from './catalog/document-json.ts';
export { imageProof, type ImageProof } from './catalog/image-proof.ts';
export * from './catalog/model.ts';
export { editDistance, nearest } from './catalog/nearest.ts';
export { parseCatalogDocument } from './catalog/parse-document.ts';
export { parseReference, type ImageReference } from './catalog/reference.ts';
export {
  CATALOG_SCHEMA_MAJOR,
  type CatalogDocument,
  type CatalogOrigin,
  type Checksums,
  type DistributionDocument,
  type ImageDocument,
  type ReleaseDocument,
} from './catalog/schema.ts';
export type { ChangeCounts, FieldChange, ImageChange } from './catalog/sync/compare.ts';
export { catalogChanges, type SourceChanges } from './catalog/sync/catalog-changes.ts';
export { isRefreshDue } from './catalog/sync/refresh-due.ts';
export { sourceStates, type SourceState } from './catalog/sync/source-states.ts';
export type { SourceSync, SyncState } from './catalog/sync/source-sync.ts';
export { forgetSource } from './catalog/store/forget-source.ts';
export { syncCatalog, type SyncOptions, type SyncResult } from './catalog/sync/sync-catalog.ts';
export { SYNC_ERRORS } from './catalog/sync/sync-errors.ts';
export { searchCatalog } from './catalog/search.ts';
export { endedWarning, matchImages, selectImage } from './catalog/select.ts';
export { torrentAddresses } from './catalog/torrent-addresses.ts';
export { compareVersions, isPreRelease } from './catalog/version-order.ts';

// distribution
export { DISTRIBUTION_ERRORS } from './distribution/distribution-errors.ts';

// verify
export {
  algorithmOfHex,
  algorithmsOf,
  differing,
  HASH_ALGORITHMS,
  strongestOf,
  type Digests,
  type HashAlgorithm,
} from './verify/digests.ts';
export type { PieceDigests } from './verify/piece-digests.ts';
export { formatChecksumLine, parseChecksumList, readChecksumList, type ChecksumList } from './verify/checksum-list.ts';
export { EVIDENCE_LEVELS, isWeakerThan, requireEvidence, type EvidenceLevel } from './verify/evidence.ts';
export { findFile, findFirst, type FindOptions, type FindWish, type FoundFile } from './verify/find-file.ts';
export { digestFile, hashFile, type HashOptions } from './verify/hash.ts';
export { verifyListed } from './verify/listed-files.ts';
export type { CheckedSignature, SignatureRequest } from './verify/signature/check-signatures.ts';
export { SIGNATURE_ERRORS } from './verify/signature/signature-errors.ts';
export type { TrustedKey } from './verify/signature/trusted-key.ts';
export { verifyClearsigned, verifyDetached } from './verify/signature/verify-signature.ts';
export { VERIFY_ERRORS } from './verify/verify-errors.ts';
export {
  digestFiles,
  verifyFiles,
  type DigestsResult,
  type FilesOptions,
  type VerifyResult,
  type VerifyWish,
} from './verify/verify-files.ts';

// mirror
export { CATALOG_SOURCE, candidatesFrom, mirrorOf, SETTINGS_SOURCE } from './mirror/candidate.ts';
export { gatherCandidates, type GatherOptions } from './mirror/gather.ts';
export { changeHosts, withHosts, type HostChange, type HostLists } from './mirror/host-lists.ts';
export { reachOf, type Reach } from './mirror/lists/addresses.ts';
export { learnMeasured } from './mirror/learn-measured.ts';
export { listedImage } from './mirror/listed-image.ts';
export { measureMirror, type MeasuredFile, type Measurement, type MeasureOptions } from './mirror/measure.ts';
export type { MirrorLesson, MirrorMemory } from './mirror/memory.ts';
export { MIRROR_ERRORS } from './mirror/mirror-errors.ts';
export { mirrorName } from './mirror/mirror-name.ts';
export { hostMatcher, listedHost, namedHost } from './mirror/named-hosts.ts';
export { openMirrorMemory, type OpenMemoryOptions, type OpenMirrorMemory } from './mirror/open-memory.ts';
export {
  continentOf,
  nearnessOf,
  placeOf,
  placeOfUser,
  requireCountry,
  type Nearness,
  type PlaceHints,
} from './mirror/place.ts';
export { probeEach } from './mirror/probe-each.ts';
export { Ranking, type RankingQuestion } from './mirror/ranking.ts';
export { rememberedTrouble } from './mirror/remembered-trouble.ts';
export {
  believedSpeed,
  believedWithoutDownload,
  drawSpeed,
  hasJustBegun,
  successProbability,
  weightedShuffle,
  type SpeedBelief,
} from './mirror/score.ts';
export { sortOut, type SortedOut } from './mirror/sort-out.ts';
export { usualOrder, type UsualPlace } from './mirror/usual-order.ts';

// download
export { DOWNLOAD_ERRORS } from './download/download-errors.ts';
export { downloadFile } from './download/download.ts';
export { DEFAULT_FILE_NAME, dispositionFileName, fileNameFor, safeFileName } from './download/file-name.ts';
export { adoptDownloaded, fetchImage, type FetchableImage, type FetchedImage } from './download/fetch-image.ts';
export type {
  DownloadJob,
  DownloadOptions,
  DownloadResult,
  MirrorShare,
  Origin,
  Patience,
  TransferReport,
} from './download/job.ts';
export { discardPart } from './download/leftovers.ts';
export type { MetalinkFile } from './download/metalink/metalink-file.ts';
export { isMetalinkName, parseMetalink, readMetalink } from './download/metalink/metalink.ts';
export { nameDownload } from './download/name-download.ts';
export { lockPart } from './download/part/part-lock.ts';
export { offerFile, type OfferOptions } from './download/offer.ts';
export { partPaths } from './download/part/part-paths.ts';
export { RateLimiter } from './download/transfer/rate-limit.ts';
export {
  openDownloads,
  type AddDownloadOptions,
  type Downloads,
  type OpenDownloadsOptions,
} from './download/queue/downloads.ts';
export type { DownloadHandle, JobOutcome } from './download/queue/handle.ts';
export { errorFrom, type JobRecord, type Reason } from './download/queue/job-record.ts';
export { QUEUE_ERRORS } from './download/queue/queue-errors.ts';
export { DOWNLOAD_STATES, isFinal, type DownloadState } from './download/queue/state.ts';
export type { DownloadStatistics, MirrorStatistics } from './download/queue/statistics.ts';

// library
export { addFile, type AddedFile, type AddFileOptions } from './library/add-file.ts';
export { chooseFiles } from './library/choose.ts';
export { collectGarbage, libraryContents, type Collected } from './library/collect.ts';
export {
  planCollection,
  type Collectable,
  type CollectOptions,
  type CollectReason,
  type LibraryContents,
} from './library/collect-plan.ts';
export { findLocally, searchFolders, type LocalWish } from './library/find-locally.ts';
export { LIBRARY_ERRORS } from './library/library-errors.ts';
export { openLibrary, type Library, type LibraryFile } from './library/library.ts';
export { listLibrary, type LibraryEntry, type LibraryListing, type SetAsideFile } from './library/list.ts';
export type { LibraryPart } from './library/parts.ts';
export { haveFile } from './library/have-file.ts';
export { placeFile, placesIn, type PlacedBy, type PlaceJob } from './library/place-file.ts';
export { whileReading } from './library/readers.ts';
export { removeFromLibrary } from './library/remove.ts';
export type { SharedBy } from './library/share.ts';
export { verifyLibrary, type LibraryCheck } from './library/verify-library.ts';

// recipe
export * from './recipe/boot-entry.ts';
export { openIso, type OpenIso } from './recipe/iso-reader.ts';
export type { IsoContents } from './recipe/iso.ts';
export { createMemoryIso } from './recipe/memory-iso.ts';
export * from './recipe/menu-script.ts';
export { oneLine } from './recipe/one-line.ts';
export { ownStarts, readIfSmall, type OwnStart } from './recipe/own-starts.ts';
export { RECIPE_ERRORS } from './recipe/recipe-errors.ts';
export { recogniseIso, type RecognisedIso } from './recipe/recognise.ts';

// stick
export { buildStick, stickSizeFor } from './stick/build.ts';
export { describeDevice, isCandidate, listDevices, obstacleOf, requireDevice, type Device } from './stick/device.ts';
export { checkBootPlan } from './stick/boot-plan.ts';
export { localImage } from './stick/local-image.ts';
export { createLock, readLock, writeLock, type LockedImage, type StickLock } from './stick/lock.ts';
export { madeSticks, type MadeStick } from './stick/made-sticks.ts';
export type { ManifestEntry, ManifestImage, StickManifest } from './stick/manifest.ts';
export type { StickImage, StickSpec } from './stick/plan.ts';
export { readStick, type Stick } from './stick/read.ts';
export { STICK_ERRORS } from './stick/stick-errors.ts';
export { checkTarget, type StickTarget } from './stick/target.ts';
export { verifyStick } from './stick/verify-stick.ts';

// trial
export { checkBoot, type BootCheckOptions, type BootCheckResult } from './trial/boot-check.ts';
export { saveMenuPicture } from './trial/screenshot.ts';
export { BOOT_STAGES, type BootStage } from './trial/serial-console.ts';
export { machineArguments, QEMU, type MachineOptions } from './trial/virtual-machine.ts';
export {
  parseWatchedLine,
  START_PRODUCT,
  startSmbios,
  WATCHED_FAILURES,
  WATCHED_MENU,
  WATCHED_PRODUCT,
  watchedLine,
  watchedSmbios,
  type WatchedEvent,
  type WatchedFailure,
} from './trial/watched-boot.ts';
