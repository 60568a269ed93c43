// The state of a browser that the caller controls, as it is sent in the result of a tool.
import type { Cacheable } from "./CacheControl.ts"

/**
 * A tab of a browser.
 *
 * @category models
 * @since 0.1.0
 */
export interface BrowserTab {
  readonly tab_id: string
  readonly title: string
  readonly url: string
  readonly active?: boolean | undefined
}

/**
 * A tab was opened.
 *
 * @category models
 * @since 0.1.0
 */
export interface TabOpened {
  readonly type: "tab_opened"
  readonly tab_id: string
}

/**
 * A download was started.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadStarted {
  readonly type: "download_started"
  readonly download_id: string
  readonly url: string
}

/**
 * A download was completed.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadCompleted {
  readonly type: "download_completed"
  readonly download_id: string
  readonly url: string
  readonly path?: string | undefined
  readonly size_bytes?: number | undefined
}

/**
 * A download failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadFailed {
  readonly type: "download_failed"
  readonly download_id: string
  readonly url: string
  readonly error?: string | undefined
}

/**
 * A change of the state of a browser.
 *
 * @category models
 * @since 0.1.0
 */
export type BrowserStateChange = TabOpened | DownloadStarted | DownloadCompleted | DownloadFailed

/**
 * The state of a browser, in a result of the browser toolset. `tabs` are all tabs, and exactly one is active.
 *
 * @category models
 * @since 0.1.0
 */
export interface BrowserStateParam extends Cacheable {
  readonly type: "browser_state"
  readonly tabs: ReadonlyArray<BrowserTab>
  readonly state_changes?: ReadonlyArray<BrowserStateChange> | null | undefined
}
